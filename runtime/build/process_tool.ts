/** A compiler in a process of its own, which ends with the build; see RATIONALE.md for when that is faster. */
import { deserialize, serialize } from "node:v8";
import { BuildError } from "./errors.ts";
import type { Runner, ToolAnswer, ToolReply, ToolRequest } from "./tool.ts";

/** Messages as they arrive. */
export type Frames = AsyncIterable<Uint8Array>;

const HEAD_BYTES = 4;

/** A message as it goes through a pipe: its length, then structured clone's bytes. */
export function encodeMessage(value: unknown): Uint8Array<ArrayBuffer> {
  const body = serialize(value);
  const bytes = new Uint8Array(HEAD_BYTES + body.length);
  new DataView(bytes.buffer).setUint32(0, body.length);
  bytes.set(body, HEAD_BYTES);
  return bytes;
}

/** The value of a message without its length. */
export function decodeMessage(frame: Uint8Array): unknown {
  return deserialize(frame);
}

/** Cuts a stream into messages. */
export async function* framesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  let held = new Uint8Array(1 << 16);
  let length = 0;
  for await (const piece of stream) {
    if (length + piece.length > held.length) {
      const larger = new Uint8Array(Math.max(held.length * 2, length + piece.length));
      larger.set(held.subarray(0, length));
      held = larger;
    }
    held.set(piece, length);
    length += piece.length;
    for (;;) {
      const size = length < HEAD_BYTES ? Infinity : HEAD_BYTES + new DataView(held.buffer).getUint32(0);
      if (length < size) break;
      yield held.slice(HEAD_BYTES, size);
      held.copyWithin(0, size, length);
      length -= size;
    }
  }
}

/** Runs a tool in a child process; as `Tool`, which runs it in a worker. */
export class ProcessTool implements Runner {
  #child: { process: Deno.ChildProcess; answers: AsyncGenerator<Uint8Array> } | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #closed = false;
  readonly #ends = () => this.close();

  /** @param entry path of the program's module */
  constructor(private readonly entry: string) {}

  /** Runs it, after the runs that were asked for before; throws `toolchain-broken` when it does not work at all. */
  run(request: ToolRequest): Promise<ToolReply> {
    const result = this.#turn.then(() => this.#call(request));
    this.#turn = result.catch(() => {});
    return result;
  }

  /** Ends the process; nothing is run any more. */
  close(): void {
    this.#closed = true;
    removeEventListener("unload", this.#ends);
    const child = this.#child;
    this.#child = undefined;
    if (!child) return;
    try {
      child.process.kill("SIGKILL"); // it holds nothing that would be lost
    } catch {
      // it has ended by itself
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #call(request: ToolRequest): Promise<ToolReply> {
    if (this.#closed) throw new DOMException("the compiler was closed", "AbortError");
    const { process, answers } = this.#child ??= this.#start();
    const writer = process.stdin.getWriter();
    // A process that died takes nothing; why is told below.
    await writer.write(encodeMessage(request)).catch(() => {});
    writer.releaseLock();
    const { value } = await answers.next();
    if (value === undefined) {
      const closed = this.#closed;
      this.close();
      if (closed) throw new DOMException("the compiler was closed", "AbortError");
      throw new BuildError("toolchain-broken", "Ran the compiler and it broke off", {}, "its process ended");
    }
    const answer = decodeMessage(value) as ToolAnswer; // the other side is the same program
    if (answer.failure === "") return answer;
    throw new BuildError("toolchain-broken", "Ran the compiler and it broke off", {}, answer.failure);
  }

  #start() {
    const process = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--no-prompt",
        "--allow-read",
        "--allow-env",
        "--v8-flags=--liftoff-only",
        this.entry,
      ],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    process.status.catch(() => {});
    addEventListener("unload", this.#ends); // it is deep in its work, and would notice only afterwards
    return { process, answers: framesOf(process.stdout) };
  }
}

/**
 * Where the program's module lies, if it can be run: Berth runs from its sources, by Deno, and may start programs. The
 * one-file forms have no such module.
 */
export function processEntry(entry: URL): string | null {
  if (entry.protocol !== "file:" || Deno.build.standalone) return null;
  const path = decodeURIComponent(entry.pathname);
  const may = Deno.permissions.querySync({ name: "run", command: Deno.execPath() }).state === "granted";
  const deno = /(^|[\\/])deno(\.exe)?$/.test(Deno.execPath());
  return may && deno && Deno.build.os !== "windows" && exists(path) ? path : null;
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
