/** Servers in processes of their own, started and ended by their id. */

/** A server that listens. */
export interface ServerProcess extends AsyncDisposable {
  readonly pid: number;
  readonly origin: string;
  /** From the start of the process to the line that says that it listens. */
  readonly startMs: number;
  /** What it said on standard error, each line once, without what Deno says to every server. */
  complaints(): readonly string[];
}

const START_MAX_MS = 60_000;

const here = (path: string) => decodeURIComponent(new URL(path, import.meta.url).pathname);

/** The arguments that run one of our server scripts. */
export function denoArgs(script: string, args: readonly string[], flags: readonly string[] = []): string[] {
  const config = here("../../../deno.json");
  return [
    "run",
    "-A",
    "--no-check",
    "--quiet",
    "--config",
    config,
    ...flags,
    here(`../servers/${script}`),
    ...args,
  ];
}

/** What a server prints as its first line, as JSON. */
export type FirstLine = Readonly<Record<string, unknown>>;

/** Starts a command whose first line of JSON says where it listens: `{"origin": …}`, or what `read` understands. */
export async function startServer(
  command: string,
  args: readonly string[],
  read: (line: FirstLine) => string = ({ origin }) => String(origin),
): Promise<ServerProcess> {
  const began = performance.now();
  const child = new Deno.Command(command, {
    args: [...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  })
    .spawn();
  const complaints = gather(child.stderr);
  const free = endWithUs(child);
  const timer = setTimeout(() => child.kill("SIGKILL"), START_MAX_MS);
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!text.includes("\n")) {
    const { value, done } = await reader.read();
    if (done) {
      throw new Error(
        `${command} ${args.join(" ")} ended before it listened: ${[text, ...complaints].join("\n")}`,
      );
    }
    text += value;
  }
  const startMs = performance.now() - began;
  clearTimeout(timer);
  reader.cancel().catch(() => {});
  const origin = read(JSON.parse(text.slice(0, text.indexOf("\n"))));
  return {
    pid: child.pid,
    origin,
    startMs,
    complaints: () => [...complaints],
    async [Symbol.asyncDispose]() {
      free();
      await end(child);
    },
  };
}

const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT"] : ["SIGINT", "SIGTERM"];

/** A child ends when this process is told to end, and not later; gives what takes that back. */
function endWithUs(child: Deno.ChildProcess): () => void {
  const endIt = () => kill(child, "SIGKILL");
  for (const signal of SIGNALS) Deno.addSignalListener(signal, endIt);
  return () => {
    for (const signal of SIGNALS) Deno.removeSignalListener(signal, endIt);
  };
}

function kill(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch {
    // It has ended already.
  }
}

/** Exits, with the folder removed, when the process is told to end; the servers have their own listeners. */
export function exitOnSignal(folder: string): void {
  const leave = () =>
    setTimeout(() => {
      Deno.removeSync(folder, { recursive: true });
      Deno.exit(130);
    }, 100);
  for (const signal of SIGNALS) Deno.addSignalListener(signal, leave);
}

/** Deno tells every server that looks at a request's signal of a change to come. */
const NO_NEWS = /legacy-abort/;
const COMPLAINTS_MAX_COUNT = 20;

/** Fills a set with the lines of a stream. */
function gather(stream: ReadableStream<Uint8Array>): ReadonlySet<string> {
  const lines = new Set<string>();
  const decoder = new TextDecoder();
  let rest = "";
  stream.pipeTo(
    new WritableStream({
      write(chunk) {
        const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
        rest = parts.pop() ?? "";
        for (const line of parts) {
          if (line !== "" && !NO_NEWS.test(line) && lines.size < COMPLAINTS_MAX_COUNT) lines.add(line);
        }
      },
    }),
  ).catch(() => {});
  return lines;
}

/** A profiler writes what it has at the end of its process. */
const END_MAX_MS = 5_000;

/** Ends a child: kindly, then by force. */
export async function end(child: Deno.ChildProcess): Promise<void> {
  kill(child, "SIGTERM");
  const timer = setTimeout(() => kill(child, "SIGKILL"), END_MAX_MS);
  await child.status;
  clearTimeout(timer);
}
