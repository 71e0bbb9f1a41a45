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
  /** What comes from now on, `maxBytes` of it, ends with the connection. */
  untilClose?(maxBytes: number): void;
}

/** A read that waits for bytes. */
interface Waiting {
  readonly into: Uint8Array;
  resolve(count: number | null): void;
  reject(error: unknown): void;
}

/** So much may come before it is asked for; then the sender is held back. */
const AHEAD_MAX_BYTES = 256 << 10;

/** A socket of Node's, plain or encrypted, connected. It reads little more than somebody waits for. */
export class NodeWire implements Wire {
  readonly #socket: Socket;
  /** What came and was not asked for yet. */
  readonly #ahead: Uint8Array[] = [];
  #aheadBytes = 0;
  #aheadMaxBytes = AHEAD_MAX_BYTES;
  #holding = false;
  #ended = false;
  #error: unknown = null;
  #waiting: Waiting | null = null;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (chunk: Uint8Array) => this.#data(chunk));
    socket.on("end", () => this.#over(null));
    socket.on("error", (error: unknown) => this.#over(error));
    socket.on("close", () => this.#over({ code: "ECONNRESET" }));
  }

  read(into: Uint8Array): Promise<number | null> {
    if (this.#aheadBytes > 0) return Promise.resolve(this.#take(into));
    if (this.#error) return Promise.reject(this.#error);
    if (this.#ended) return Promise.resolve(null);
    return new Promise((resolve, reject) => this.#waiting = { into, resolve, reject });
  }

  write(bytes: Uint8Array): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#socket.write(bytes, (error) => error ? reject(error) : resolve(bytes.length));
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  /**
   * Deno's encrypted sockets lose their end when it comes while they are held back (2.9.6), and here nothing else says
   * where the body ends: so much as its limit allows is taken at once.
   */
  untilClose(maxBytes: number): void {
    this.#aheadMaxBytes = Math.max(AHEAD_MAX_BYTES, maxBytes);
  }

  #data(chunk: Uint8Array): void {
    this.#ahead.push(chunk);
    this.#aheadBytes += chunk.length;
    const waiting = this.#waiting;
    this.#waiting = null;
    if (waiting) waiting.resolve(this.#take(waiting.into));
    if (this.#aheadBytes >= this.#aheadMaxBytes && !this.#holding) {
      this.#holding = true;
      // A burst comes at once, before its reader had a turn: it may well keep up.
      setTimeout(() => this.#hold(), 0);
    }
  }

  #hold(): void {
    this.#holding = false;
    if (this.#aheadBytes >= this.#aheadMaxBytes) this.#socket.pause();
  }

  #take(into: Uint8Array): number {
    let count = 0;
    for (let chunk = this.#ahead[0]; chunk && count < into.length; chunk = this.#ahead[0]) {
      const part = chunk.subarray(0, into.length - count);
      into.set(part, count);
      count += part.length;
      if (part.length === chunk.length) this.#ahead.shift();
      else this.#ahead[0] = chunk.subarray(part.length);
    }
    this.#aheadBytes -= count;
    if (this.#aheadBytes < this.#aheadMaxBytes && this.#socket.isPaused()) this.#socket.resume();
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
