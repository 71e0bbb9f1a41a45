/** Runs one WASI command, as `berth run` does: no service, no server, its streams passed through. */
import { CapabilityError } from "../capabilities/error.ts";
import type { FilesGrant } from "../capabilities/files/ask.ts";
import { type LinkRequest, makeLink } from "../capabilities/files/make_link.ts";
import { libcPath } from "../capabilities/files/native_libc.ts";
import { LIMITS } from "./limits.ts";
import { prepareModule } from "./unit/prepare/mod.ts";
import { workerPermissions } from "./worker/permissions.ts";
import { LINK_ANSWERS, type RunMessage, type RunStart } from "./worker/run_protocol.ts";
import { newShared, RunShared } from "./worker/run_shared.ts";

/** A folder that the command may use. */
export interface RunDir {
  /** Path on the host; may be relative to the working directory. */
  readonly host: string;
  /** Its name in the guest. */
  readonly guest: string;
  readonly access: "read" | "read-write";
}

/** Takes what a stream puts out, piece by piece. */
export type RunSink = (bytes: Uint8Array) => void;

/** What to run, and with what. */
export interface RunOptions {
  readonly module: Uint8Array;
  /** The first is the program's name. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly dirs: readonly RunDir[];
  /** All its memories together, in bytes; {@link RUN_MEMORY_MAX_BYTES} when absent. Growth past it gives -1. */
  readonly memoryMaxBytes?: number;
  /** Works on the folders through the C library; see the grant of `files`. */
  readonly native?: boolean;
  /** The process's own input when absent; `null` for none. */
  readonly stdin?: ReadableStream<Uint8Array> | null;
  /** The process's own output when absent; both or neither of the two are given. */
  readonly stdout?: RunSink;
  readonly stderr?: RunSink;
  /** Gets a line for each host call, as strace writes them. */
  readonly trace?: (line: string) => void;
}

/** The exit code of a command that trapped: as a shell has it for a process that aborted. */
export const EXIT_BY_TRAP = 134;

/** What a command's memories may take unless more is given: compilers and databases work in it. */
export const RUN_MEMORY_MAX_BYTES: number = 2 ** 30;

/**
 * Runs a command to its end. Its module is prepared as a service's is: memories, tables and objects are bounded. Clock and random are granted, the environment is exactly `env`, and of the file system
 * nothing but `dirs`; the worker has Deno's permissions for those folders and no other.
 * @returns its exit code; {@link EXIT_BY_TRAP} when it trapped, with the backtrace on its stderr
 * @throws CapabilityError for a folder that cannot be opened, BerthError for a module that is refused (it declares more
 *   memory than it may have, or is none), Error for one that cannot be started
 */
export async function runCommand(options: RunOptions): Promise<number> {
  const module = await WebAssembly.compile(prepared(options));
  const dirs = options.dirs.map((dir) => ({ ...dir, host: realFolder(dir) }));
  const writable = dirs.filter((dir) => dir.access === "read-write").map((dir) => dir.host);
  const permissions = workerPermissions({
    read: [...new Set(dirs.map((dir) => dir.host))],
    write: [...new Set(writable)],
    net: [],
    ...(options.native ? { ffi: nativeLibraries() } : {}),
  });
  const shared = newShared();
  const worker = new Worker(new URL("./worker/run_entry.ts", import.meta.url), {
    type: "module",
    name: "berth run",
    deno: { permissions },
  });
  const input = new InputPump(options.stdin, new RunShared(shared));
  try {
    return await supervise(worker, startOf(options, module, dirs, shared), options, writable, input);
  } finally {
    worker.terminate();
    input.stop();
  }
}

function prepared({ module, memoryMaxBytes = RUN_MEMORY_MAX_BYTES }: RunOptions): Uint8Array<ArrayBuffer> {
  const tableEntriesMaxCount = LIMITS.tableEntriesMaxCount.ceiling;
  return prepareModule(module, { memoryMaxBytes, tableEntriesMaxCount }).bytes;
}

function nativeLibraries(): string[] {
  const path = libcPath();
  return path === undefined ? [] : [path];
}

function realFolder(dir: RunDir): string {
  let real: string;
  try {
    real = Deno.realPathSync(dir.host);
  } catch {
    throw new CapabilityError("noent", `--dir ${dir.host}: there is no such folder`);
  }
  if (Deno.statSync(real).isDirectory) return real;
  throw new CapabilityError("notdir", `--dir ${dir.host}: it is not a folder`);
}

function startOf(
  options: RunOptions,
  module: WebAssembly.Module,
  dirs: readonly RunDir[],
  shared: SharedArrayBuffer,
): RunStart {
  const files: FilesGrant = { mounts: dirs, native: options.native === true };
  return {
    module,
    args: options.args,
    env: options.env,
    files: dirs.length > 0 ? files : undefined,
    shared,
    terminals: [
      options.stdin === undefined && Deno.stdin.isTerminal(),
      options.stdout === undefined && Deno.stdout.isTerminal(),
      options.stderr === undefined && Deno.stderr.isTerminal(),
    ],
    direct: options.stdout === undefined,
    trace: options.trace !== undefined,
  };
}

function supervise(
  worker: Worker,
  start: RunStart,
  options: RunOptions,
  writable: readonly string[],
  input: InputPump,
): Promise<number> {
  const shared = new RunShared(start.shared);
  const stderr = options.stderr ?? ((bytes) => Deno.stderr.writeSync(bytes));
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<RunMessage>) => {
      switch (data.type) {
        case "input":
          return input.start();
        case "output":
          return (data.stream === "stdout" ? options.stdout : stderr)?.(data.bytes);
        case "link":
          return shared.answer(linkAnswer(writable, data.request));
        case "trace":
          return options.trace?.(data.line);
        case "exit":
          return resolve(data.code);
        case "trap":
          stderr(new TextEncoder().encode(`berth run: the program trapped: ${data.text}\n`));
          return resolve(EXIT_BY_TRAP);
        case "failed":
          return reject(new Error(`the program could not be started: ${data.text}`));
      }
    };
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error(`the program's worker failed: ${event.message}`));
    };
    worker.postMessage(start);
  });
}

/** The place in {@link LINK_ANSWERS} of what became of a request. */
function linkAnswer(writable: readonly string[], request: LinkRequest): number {
  try {
    makeLink(writable, request, "allowed");
    return 0;
  } catch (error) {
    const code = error instanceof CapabilityError ? error.code : "io";
    return Math.max(1, LINK_ANSWERS.indexOf(code));
  }
}

/** Moves input into the shared ring, from when the guest first wants some. */
class InputPump {
  readonly #source: ReadableStream<Uint8Array> | null | undefined;
  readonly #shared: RunShared;
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;

  constructor(source: ReadableStream<Uint8Array> | null | undefined, shared: RunShared) {
    this.#source = source;
    this.#shared = shared;
  }

  start(): void {
    if (this.#source === null) this.#shared.end();
    else this.#pump((this.#source ?? Deno.stdin.readable).getReader());
  }

  async #pump(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
    this.#reader = reader;
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        await this.#shared.write(value);
      }
    } catch {
      // Input that breaks off has ended, as far as the guest can tell.
    }
    this.#shared.end();
  }

  stop(): void {
    this.#reader?.cancel().catch(() => {});
  }
}
