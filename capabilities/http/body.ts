/** Bodies of outbound requests and answers: bounded, streamed, with back-pressure. */
import type { ClientRequest, IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import { CapabilityError } from "../error.ts";

/** What a body needs of the exchange that it belongs to. */
export interface BodyOwner {
  /** Called once, when the body is over or nobody wants it any more. */
  end(): void;
  /** Breaks the exchange off. */
  fail(error: CapabilityError): void;
  /** The error to show for what the stream gave. */
  errorFor(error: unknown): CapabilityError;
  /** Counts what the guest got. */
  received(bytes: number): void;
}

/** The body of an answer, read either as a stream or whole. */
export class AnswerBody {
  readonly #source: Readable;
  readonly #maxBytes: number;
  readonly #owner: BodyOwner;
  #bytes = 0;
  #over = false;
  #error: CapabilityError | null = null;
  #sink: { data(chunk: Uint8Array): void; over(): void } | null = null;
  #stream: ReadableStream<Uint8Array> | null = null;

  /**
   * @param source the answer, or what decodes it
   * @param declared the length that the answer announces, of the body as it is read here
   */
  constructor(source: Readable, declared: number | null, maxBytes: number, owner: BodyOwner) {
    this.#source = source;
    this.#maxBytes = maxBytes;
    this.#owner = owner;
    source.on("end", () => this.#finish(null));
    source.on("error", (error: unknown) => this.#break(error));
    source.on("close", () => this.#break({ code: "ERR_STREAM_PREMATURE_CLOSE" }));
    if (declared === 0) source.resume();
    else if (declared !== null && declared > maxBytes) this.#refuse();
  }

  /** The body as it comes. */
  get stream(): ReadableStream<Uint8Array> {
    return this.#stream ??= new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#attach({
          data: (chunk) => {
            this.#source.pause();
            controller.enqueue(chunk);
          },
          over: () => this.#error ? controller.error(this.#error) : controller.close(),
        });
      },
      pull: () => this.#read(),
      cancel: () => this.#owner.fail(new CapabilityError("aborted", "the guest let go of the answer")),
    }, { highWaterMark: 0 });
  }

  /** The whole body. */
  bytes(): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    return new Promise((resolve, reject) => {
      this.#attach({
        data: (chunk) => void chunks.push(chunk),
        over: () => this.#error ? reject(this.#error) : resolve(join(chunks, this.#bytes)),
      });
      this.#read();
    });
  }

  #attach(sink: { data(chunk: Uint8Array): void; over(): void }): void {
    if (this.#sink) throw new CapabilityError("invalid", "the answer's body was read already");
    this.#sink = sink;
    if (this.#over) return sink.over();
    this.#source.on("data", (chunk: Uint8Array) => this.#data(chunk));
    // Listening starts the flow; a stream waits until somebody pulls.
    this.#source.pause();
  }

  #read(): void {
    if (!this.#over) this.#source.resume();
  }

  #data(chunk: Uint8Array): void {
    if (this.#over) return;
    this.#bytes += chunk.byteLength;
    if (this.#bytes > this.#maxBytes) return this.#refuse();
    this.#owner.received(chunk.byteLength);
    // A plain view: what Node calls a Buffer has other methods of the same names.
    this.#sink?.data(new Uint8Array(chunk.buffer as ArrayBuffer, chunk.byteOffset, chunk.byteLength));
  }

  #refuse(): void {
    const error = new CapabilityError("too-large", `the answer is longer than ${this.#maxBytes} bytes`);
    this.#finish(error);
    this.#owner.fail(error);
  }

  /** Every answer is closed after its end: an error is made only when it comes without one. */
  #break(error: unknown): void {
    if (!this.#over) this.#finish(this.#owner.errorFor(error));
  }

  #finish(error: CapabilityError | null): void {
    if (this.#over) return;
    this.#over = true;
    this.#error = error;
    this.#sink?.over();
    this.#owner.end();
  }
}

function join(chunks: readonly Uint8Array[], length: number): Uint8Array {
  if (chunks.length === 1 && chunks[0]) return chunks[0];
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}

/** The answer, decoded when it is in one encoding that is known. */
export async function decoded(answer: IncomingMessage): Promise<Readable | null> {
  const encoding = answer.headers["content-encoding"]?.toLowerCase();
  if (encoding !== "gzip" && encoding !== "x-gzip" && encoding !== "br") return null;
  const [zlib, stream] = await Promise.all([import("node:zlib"), import("node:stream")]);
  const decoder = encoding === "br" ? zlib.createBrotliDecompress() : zlib.createGunzip();
  // The decoder's own error is what the body sees; the callback only keeps it from being uncaught.
  return stream.pipeline(answer, decoder, () => {});
}

/**
 * Sends a body as it comes, waiting where the connection does.
 *
 * @param declared its length when the guest announced one: not a byte less or more is sent
 * @throws {CapabilityError} `too-large`, `invalid`; whatever the guest's stream failed with becomes `aborted`
 */
export async function sendStream(
  request: ClientRequest,
  body: ReadableStream<Uint8Array>,
  declared: number | undefined,
  maxBytes: number,
  sent: (bytes: number) => void,
): Promise<void> {
  let total = 0;
  const reader = body.getReader();
  // Whoever makes the body learns that nobody takes it any more.
  request.once("close", () => void reader.cancel().catch(() => {}));
  try {
    for (;;) {
      const { done, value } = await reader.read().catch(() => {
        throw new CapabilityError("aborted", "the request's body broke off");
      });
      if (request.destroyed) return;
      if (done) break;
      total += value.byteLength;
      if (total > maxBytes) {
        throw new CapabilityError("too-large", `the request is longer than ${maxBytes} bytes`);
      }
      if (declared !== undefined && total > declared) throw wrongLength();
      sent(value.byteLength);
      if (!request.write(value)) await drained(request);
    }
    if (declared !== undefined && total !== declared) throw wrongLength();
    request.end();
  } finally {
    reader.cancel().catch(() => {});
  }
}

function wrongLength(): CapabilityError {
  return new CapabilityError("invalid", "the request's body is not as long as its content-length says");
}

function drained(request: ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      request.off("drain", done);
      request.off("close", done);
      resolve();
    };
    request.on("drain", done);
    request.on("close", done);
  });
}
