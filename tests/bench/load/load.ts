/** Load: so many connections ask one thing again and again for some seconds. */

/** What is asked. */
export interface LoadRequest {
  readonly method: "GET" | "POST";
  /** One path, or several that are asked in turn. */
  readonly paths: readonly string[];
  readonly contentType?: string;
  readonly body?: string;
}

/** How it is asked. */
export interface LoadOptions {
  readonly connections: number;
  readonly seconds: number;
}

/** What came of it. */
export interface LoadResult {
  readonly requests: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Answers outside of 200 to 399, broken connections, time-outs. */
  readonly errors: number;
  /** Computing time of the generator itself for a request, in microseconds, where it tells. */
  readonly ownUs?: number;
}

/** A load generator. */
export interface LoadGenerator {
  readonly name: string;
  run(origin: string, request: LoadRequest, options: LoadOptions): Promise<LoadResult>;
}

/** Runs a command whose standard output ends with a line of JSON. */
export async function runForJson(command: string, args: readonly string[]): Promise<unknown> {
  const { success, stdout, stderr } = await new Deno.Command(command, { args: [...args] }).output();
  const text = new TextDecoder().decode(stdout);
  if (!success) throw new Error(`${command} failed: ${new TextDecoder().decode(stderr)}${text}`);
  return JSON.parse(text.slice(text.lastIndexOf("\n{") + 1));
}
