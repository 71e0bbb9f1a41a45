/**
 * How often the blocks of Berth's own code are executed: V8's block coverage, with counts. A loop over all services
 * shows here as what it is, whatever the machine and however busy it is.
 */
import inspector from "node:inspector";

/** Executions by file, below the project's folder. */
export type Executions = ReadonlyMap<string, number>;

/** The part of the inspector's answer that is read. */
interface Coverage {
  readonly result: readonly {
    readonly url: string;
    readonly functions: readonly { readonly ranges: readonly { readonly count: number }[] }[];
  }[];
}

const ROOT = new URL("../../../", import.meta.url).href;

/** Counts the executions of this thread. */
export class ExecutionCounter implements Disposable {
  readonly #session = new inspector.Session();

  /** Counts from now on; only modules that are loaded later are counted by block. */
  static async start(): Promise<ExecutionCounter> {
    const counter = new ExecutionCounter();
    counter.#session.connect();
    await counter.#post("Profiler.enable");
    await counter.#post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
    return counter;
  }

  /** What was executed since the last call, in files below folders of the project. */
  async take(folders: readonly string[]): Promise<Executions> {
    const found = new Map<string, number>();
    const { result } = await this.#post("Profiler.takePreciseCoverage") as Coverage;
    for (const { url, functions } of result) {
      const name = url.slice(ROOT.length);
      if (!url.startsWith(ROOT) || !folders.some((folder) => name.startsWith(folder))) continue;
      const counts = functions.flatMap(({ ranges }) => ranges.map(({ count }) => count));
      found.set(name, (found.get(name) ?? 0) + counts.reduce((sum, count) => sum + count, 0));
    }
    return found;
  }

  #post(method: string, params: object = {}): Promise<unknown> {
    // The types know each method by its name; here any is asked.
    const post = this.#session.post.bind(this.#session) as (
      method: string,
      params: object,
      then: (error: Error | null, answer: unknown) => void,
    ) => void;
    return new Promise((resolve, reject) => {
      post(method, params, (error, answer) => error ? reject(error) : resolve(answer));
    });
  }

  [Symbol.dispose](): void {
    this.#session.disconnect();
  }
}

/** Where more was executed for each request than before, and by how much. */
export function risen(before: Executions, after: Executions, requests: number, slack: number): string[] {
  return [...after].flatMap(([name, count]) => {
    const rise = (count - (before.get(name) ?? 0)) / requests;
    return rise > slack ? [`${name}: ${rise.toFixed(1)} more for each request`] : [];
  });
}
