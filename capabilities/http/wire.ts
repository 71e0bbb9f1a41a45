/** Bytes both ways over one connection, with as little around them as there can be. */
import type { Socket } from "node:net";

/** A connection whose other end was checked; `Deno.Conn` is one as it is. */
export interface Wire {
  /** Reads what is there into `into`; how many bytes that were, or `null` at the end. One read at a time. */
  read(into: Uint8Array): Promise<number | null>;
  /** Gives bytes away; how many were taken. */
  write(bytes: Uint8Array): Promise<number>;
  /** Breaks the connection off; what is being read or written fails. */
  close(): void;
}

/** A read that waits for bytes. */
interface Waiting {
  readonly into: Uint8Array;
  resolve(count: number | null): void;
  reject(error: unknown): void;
}

/** A socket of Node's, plain or encrypted, connected. It reads no more than somebody waits for. */
export class NodeWire implements Wire {
  readonly #socket: Socket;
  /** What came and was not asked for yet. */
  #rest: Uint8Array | null = null;
  #ended = false;
  #error: unknown = null;
  #waiting: Waiting | null = null;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (chunk: Uint8Array) => this.#data(chunk));
    // Listening starts the flow, which only a read may do.
    socket.pause();
    socket.on("end", () => this.#over(null));
    socket.on("error", (error: unknown) => this.#over(error));
    socket.on("close", () => this.#over({ code: "ECONNRESET" }));
  }

  read(into: Uint8Array): Promise<number | null> {
    if (this.#rest) return Promise.resolve(this.#copy(this.#rest, into));
    if (this.#error) return Promise.reject(this.#error);
    if (this.#ended) return Promise.resolve(null);
    return new Promise((resolve, reject) => {
      this.#waiting = { into, resolve, reject };
      this.#socket.resume();
    });
  }

  write(bytes: Uint8Array): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#socket.write(bytes, (error) => error ? reject(error) : resolve(bytes.length));
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #data(chunk: Uint8Array): void {
    this.#socket.pause();
    const waiting = this.#waiting;
    this.#waiting = null;
    if (waiting) waiting.resolve(this.#copy(chunk, waiting.into));
    else this.#rest = chunk;
  }

  #copy(chunk: Uint8Array, into: Uint8Array): number {
    const count = Math.min(chunk.length, into.length);
    into.set(count === chunk.length ? chunk : chunk.subarray(0, count));
    this.#rest = count === chunk.length ? null : chunk.subarray(count);
    return count;
  }

  /** @param error `null` for an orderly end */
  #over(error: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    const waiting = this.#waiting;
    this.#waiting = null;
    if (error) waiting?.reject(error);
    else waiting?.resolve(null);
  }
}
