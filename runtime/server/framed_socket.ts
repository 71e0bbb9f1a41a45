/** A WebSocket over a socket that a server has given away. Unlike Deno's own it bounds whole messages, and can be cut. */
import type { Duplex } from "node:stream";
import type { SocketListener, SocketPort } from "../socket_port.ts";
import type { UpgradeOptions } from "../upgrade.ts";
import { FrameError, frameHead, FrameReader, OPCODE, type Said } from "./frames.ts";

const encoder = new TextEncoder();
/** How long a client may take to answer a close, and to take what was sent before it. */
const CLOSING_MAX_MS = 2_000;
/** Answers to pings wait for the client too; one that pings and does not read is cut. */
const PONGS_MAX_BYTES = 64 << 10;

/** See the file's comment. */
export class FramedSocket implements SocketPort {
  state: "open" | "over" = "open";
  readonly #reader: FrameReader;
  #listener: SocketListener | null = null;
  #alive = true;
  #ended = false;
  #closed = { code: 1006, reason: "" };
  readonly #pings: ReturnType<typeof setInterval>;
  #cut: ReturnType<typeof setTimeout> | null = null;

  /** @param first what the server had read already */
  constructor(private readonly socket: Duplex, private readonly first: Uint8Array, options: UpgradeOptions) {
    this.#reader = new FrameReader(options.messageMaxBytes);
    this.#pings = setInterval(() => this.#ping(), Math.max(500, options.idleMs / 2));
  }

  listen(listener: SocketListener): void {
    const { socket } = this;
    this.#listener = listener;
    socket.on("data", (bytes: Uint8Array) => this.#take(bytes));
    socket.on("error", () => socket.destroy());
    socket.on("end", () => socket.destroy());
    socket.on("close", () => this.#end());
    // Whoever listens finds its own state in order first.
    queueMicrotask(() => {
      if (socket.readableEnded) socket.destroy(); // the client has left meanwhile
      if (socket.destroyed) return this.#end();
      listener.opened();
      if (this.first.length > 0) this.#take(this.first);
    });
  }

  get bufferedAmount(): number {
    return this.socket.writableLength;
  }

  send(message: string | Uint8Array<ArrayBuffer>): void {
    const binary = typeof message !== "string";
    this.#write(binary ? OPCODE.BINARY : OPCODE.TEXT, binary ? message : encoder.encode(message));
  }

  close(code: number, reason: string): void {
    if (this.state === "over") return;
    this.#closed = { code, reason };
    this.#sayClose(code, reason);
  }

  #write(opcode: number, payload: Uint8Array): void {
    if (this.state === "over" || this.socket.destroyed) return;
    this.socket.write(frameHead(opcode, payload.length));
    if (payload.length > 0) this.socket.write(payload);
  }

  #sayClose(code: number, reason: string): void {
    const text = encoder.encode(reason).subarray(0, 123);
    const payload = new Uint8Array(2 + text.length);
    payload[0] = code >> 8;
    payload[1] = code & 0xff;
    payload.set(text, 2);
    this.#write(OPCODE.CLOSE, payload);
    this.state = "over";
    this.#cut ??= setTimeout(() => this.socket.destroy(), CLOSING_MAX_MS);
  }

  #take(bytes: Uint8Array): void {
    this.#alive = true;
    if (this.#ended) return;
    try {
      for (const said of this.#reader.read(bytes)) this.#hear(said);
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.#closed = { code: error.code, reason: error.message };
      this.#ended = true; // nothing more can be read
      if (this.state === "open") this.#sayClose(error.code, error.message);
      this.socket.end();
    }
  }

  #hear(said: Said): void {
    if (said.opcode === OPCODE.CLOSE) {
      if (this.state === "open") {
        this.#closed = { code: said.code, reason: said.reason };
        this.#sayClose(said.code === 1005 ? 1000 : said.code, "");
      }
      this.#ended = true;
      this.socket.end();
    } else if (this.state === "over") return; // told to go
    else if (said.opcode === OPCODE.TEXT) this.#listener?.received(said.text);
    else if (said.opcode === OPCODE.BINARY) this.#listener?.received(said.data.slice().buffer);
    else if (said.opcode === OPCODE.PING) this.#pong(said.data);
  }

  #pong(data: Uint8Array): void {
    if (this.socket.writableLength > PONGS_MAX_BYTES) return void this.socket.destroy();
    this.#write(OPCODE.PONG, data);
  }

  #ping(): void {
    if (!this.#alive) return void this.socket.destroy();
    this.#alive = false;
    this.#write(OPCODE.PING, new Uint8Array(0));
  }

  #end(): void {
    clearInterval(this.#pings);
    if (this.#cut !== null) clearTimeout(this.#cut);
    this.state = "over";
    const listener = this.#listener;
    this.#listener = null;
    listener?.ended(this.#closed.code, this.#closed.reason);
  }
}
