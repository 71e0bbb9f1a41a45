/** Moves a request's body to the worker no faster than the guest takes it. */
import { BerthError } from "../error.ts";
import { PIECE_MAX_BYTES, STREAM_WINDOW_BYTES } from "./protocol.ts";

/** Where the pieces go. */
export interface PumpOutput {
  piece(bytes: Uint8Array, ended: boolean): void;
  /** The body passed its limit; nothing more is sent. */
  tooLarge(): void;
  /** The client broke off. */
  broken(): void;
}

/** A body on its way. */
export class BodyPump {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #window = STREAM_WINDOW_BYTES;
  #total = 0;
  #wake: (() => void) | null = null;

  constructor(
    body: ReadableStream<Uint8Array>,
    private readonly maxBytes: number,
    private readonly output: PumpOutput,
  ) {
    this.#reader = body.getReader();
  }

  /** The guest has taken so many bytes. */
  pull(bytes: number): void {
    this.#window = Math.min(this.#window + bytes, STREAM_WINDOW_BYTES); // it cannot have taken more
    this.#wake?.();
  }

  /** Runs until the body's end. */
  async run(): Promise<void> {
    try {
      for (;;) {
        while (this.#window <= 0) await new Promise<void>((resolve) => this.#wake = resolve);
        const { value, done } = await this.#reader.read();
        if (done) return this.output.piece(new Uint8Array(0), true);
        this.#total += value.length;
        if (this.#total > this.maxBytes) {
          this.output.tooLarge();
          return await this.#reader.cancel("the body is too large");
        }
        this.#window -= value.length;
        for (let at = 0; at < value.length; at += PIECE_MAX_BYTES) {
          this.output.piece(value.subarray(at, at + PIECE_MAX_BYTES), false);
        }
      }
    } catch {
      this.output.broken();
    }
  }
}

/** The error for a body that is over its limit. */
export const bodyTooLarge = (maxBytes: number): BerthError =>
  new BerthError("body-too-large", `the body is over ${maxBytes} bytes`, {
    limit: "requestBodyMaxBytes",
    maxBytes,
  });
