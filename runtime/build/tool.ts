/**
 * Compilers in Workers: half a gigabyte that is given back, and a spinner that keeps turning.
 *
 * A tool takes files in memory and gives files in memory; it sees neither the disk nor the network.
 */
import { BuildError } from "./errors.ts";

/** Files by name; a folder is a tree of its own. */
export interface FileTree {
  [name: string]: FileTree | Uint8Array;
}

/** One run of a compiler. */
export interface ToolRequest {
  readonly argv: readonly string[];
  readonly files: FileTree;
  /** Names of the files to give back, at the top of the tree. */
  readonly outputs: readonly string[];
  /** Takes what the tool writes to its standard output as this file, instead of as text. */
  readonly stdoutAs?: string;
}

/** What came of it. */
export interface ToolReply {
  /** 0 when it succeeded. */
  readonly code: number;
  /** Those of {@link ToolRequest.outputs} that exist. */
  readonly files: Readonly<Record<string, Uint8Array>>;
  /** What the tool printed, with colours if asked for. */
  readonly text: string;
}

/** What runs a compiler, in a worker or in a process. */
export interface Runner extends Disposable {
  /** Runs it, after the runs that were asked for before; throws `toolchain-broken` when it does not work at all. */
  run(request: ToolRequest): Promise<ToolReply>;
  /** Ends it and gives its memory back. */
  close(): void;
}

/** What goes to a worker; one request at a time. */
export interface ToolCall extends ToolRequest {
  readonly id: number;
}

/** What comes back; `failure` is set when the tool itself broke. */
export interface ToolAnswer extends ToolReply {
  readonly id: number;
  readonly failure: string;
}

/** A tool that is loaded when it is first used and lives until {@link close}. */
export class Tool implements Runner {
  #worker: Worker | undefined;
  #calls = 0;
  #closed = false;
  #turn: Promise<unknown> = Promise.resolve();

  /** @param entry address of the worker's module */
  constructor(private readonly entry: URL) {}

  /** Runs it, after the runs that were asked for before; throws `toolchain-broken` when it does not work at all. */
  run(request: ToolRequest): Promise<ToolReply> {
    const result = this.#turn.then(() => this.#call(request));
    this.#turn = result.catch(() => {});
    return result;
  }

  /** Ends the worker and gives its memory back; nothing is run any more. */
  close(): void {
    this.#closed = true;
    this.#drop();
  }

  /**
   * Once the worker has done what it was asked for: V8 ends the whole process when a worker is ended while it compiles
   * the compiler ("validate_functions_job_handle_").
   */
  #drop(): void {
    const worker = this.#worker;
    this.#worker = undefined;
    if (worker) this.#turn.finally(() => worker.terminate());
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #call(request: ToolRequest): Promise<ToolReply> {
    if (this.#closed) return Promise.reject(new DOMException("the compiler was closed", "AbortError"));
    const worker = this.#worker ??= new Worker(this.entry, { type: "module" });
    const call: ToolCall = { ...request, id: ++this.#calls };
    return new Promise((resolve, reject) => {
      const broken = (why: string) => {
        this.#drop();
        reject(new BuildError("toolchain-broken", "Ran the compiler and it broke off", {}, why));
      };
      worker.onmessage = (event: MessageEvent<ToolAnswer>) => {
        if (event.data.id !== call.id) return;
        if (event.data.failure !== "") broken(event.data.failure);
        else resolve(event.data);
      };
      worker.onerror = (event) => {
        event.preventDefault(); // else the error ends the whole process
        broken(event.message);
      };
      worker.postMessage(call);
    });
  }
}

/** Serves calls in a worker; `use` runs the tool once. */
export function serveTool(use: (call: ToolCall) => Promise<ToolReply>): void {
  const scope = globalThis as unknown as DedicatedScope; // the library types describe a page, not a worker
  scope.onmessage = async (event) => {
    const { id } = event.data;
    try {
      const reply = await use(event.data);
      scope.postMessage({ id, ...reply, failure: "" });
    } catch (error) {
      scope.postMessage({ id, code: 1, files: {}, text: "", failure: String(error) });
    }
  };
}

interface DedicatedScope {
  onmessage: (event: MessageEvent<ToolCall>) => void;
  postMessage(answer: ToolAnswer): void;
}

/** Puts a file into a tree at a path with `/`. */
export function putFile(tree: FileTree, path: string, bytes: Uint8Array): void {
  const parts = path.split("/");
  const name = parts.pop() ?? path;
  let folder = tree;
  for (const part of parts) {
    const next = folder[part];
    folder = next === undefined || next instanceof Uint8Array ? (folder[part] = {}) : next;
  }
  folder[name] = bytes;
}
