/** Bodies of outbound requests and answers: bounded, streamed, with back-pressure. */
import { CapabilityError } from "../error.ts";
import type { Connection } from "./connection.ts";

/** What a body needs of the exchange that it belongs to. */
export interface BodyOwner {
  /** Called once, when the body is over or nobody wants it any more. */
  end(): void;
  /** Breaks the exchange off. */
  fail(error: CapabilityError): void;
  /** The error to show for what the connection gave. */
  errorFor(error: unknown): CapabilityError;
  /** Counts what the guest got. */
  received(bytes: number): void;
}

/** Where a body comes from. */
export interface PieceSource {
  /** The next piece, of its own memory; `null` at the end. */
  piece(): Promise<Uint8Array | null>;
  /** Whether there is no further piece, as far as is known without asking. */
  readonly bodyEnded: boolean;
  /** Frees what it holds. */
  stop?(): void;
}

/** The body of an answer, read either as a stream or whole. */
export class AnswerBody {
  readonly #source: PieceSource;
  readonly #maxBytes: number;
  readonly #owner: BodyOwner;
  /** What came with the head. */
  #here: Uint8Array[] = [];
  #bytes = 0;
  #over = false;
  #taken = false;
  #error: CapabilityError | null = null;
  #stream: ReadableStream<Uint8Array> | null = null;

  /**
   * @param source the connection, or what decodes what comes over it
   * @param declared the length that the answer announces, of the body as it is read here
   */
  constructor(
    source: Connection | PieceSource,
    declared: number | null,
    maxBytes: number,
    owner: BodyOwner,
  ) {
    this.#source = source;
    this.#maxBytes = maxBytes;
    this.#owner = owner;
    if (declared !== null && declared > maxBytes) this.#refuse();
    else if ("pieceHere" in source) this.#takeHere(source);
  }

  /** A short answer is complete with its head: its connection is free before anybody has read it. */
  #takeHere(connection: Connection): void {
    try {
      for (let piece = connection.pieceHere(); piece && !this.#over; piece = connection.pieceHere()) {
        if (this.#count(piece)) this.#here.push(piece.slice());
      }
      if (connection.bodyEnded) this.#finish();
    } catch (error) {
      this.#broken(error);
    }
  }

  /** The body as it comes. */
  get stream(): ReadableStream<Uint8Array> {
    return this.#stream ??= this.#open();
  }

  #open(): ReadableStream<Uint8Array> {
    this.#take();
    return new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        const piece = await this.#next();
        if (piece) controller.enqueue(piece);
        else controller.close();
      },
      cancel: () => {
        this.#here = [];
        this.#owner.fail(new CapabilityError("aborted", "the guest let go of the answer"));
      },
    }, { highWaterMark: 0 });
  }

  /** The whole body. */
  async bytes(): Promise<Uint8Array> {
    this.#take();
    const [only] = this.#here;
    if (this.#over && !this.#error && this.#here.length <= 1) return only ?? new Uint8Array(0);
    const whole = new Gathered();
    for (let piece = await this.#next(); piece; piece = await this.#next()) whole.add(piece);
    return whole.bytes();
  }

  #take(): void {
    if (this.#taken) throw new CapabilityError("invalid", "the answer's body was read already");
    this.#taken = true;
  }

  async #next(): Promise<Uint8Array | null> {
    const here = this.#here.shift();
    if (here) return here;
    if (!this.#over) {
      try {
        const piece = await this.#source.piece();
        if (piece && !this.#over && this.#count(piece)) {
          if (this.#source.bodyEnded) this.#finish();
          return piece;
        }
        this.#finish();
      } catch (error) {
        this.#broken(error);
      }
    }
    if (this.#error) throw this.#error;
    return null;
  }

  /** Whether the limit holds with this piece. */
  #count(piece: Uint8Array): boolean {
    this.#bytes += piece.byteLength;
    if (this.#bytes > this.#maxBytes) {
      this.#refuse();
      return false;
    }
    this.#owner.received(piece.byteLength);
    return true;
  }

  #refuse(): void {
    this.#broken(answerTooLong(this.#maxBytes));
  }

  #broken(error: unknown): void {
    if (this.#over) return;
    this.#error = this.#owner.errorFor(error);
    this.#over = true;
    this.#source.stop?.();
    this.#owner.fail(this.#error);
  }

  #finish(): void {
    if (this.#over) return;
    this.#over = true;
    // A decoder may end before its bytes do: from now on the connection is another request's.
    this.#source.stop?.();
    this.#owner.end();
  }
}

function answerTooLong(maxBytes: number): CapabilityError {
  return new CapabilityError("too-large", `the answer is longer than ${maxBytes} bytes`);
}

/** Pieces put together as they come: a server that sends a byte at a time costs no more than one that does not. */
class Gathered {
  #buffer = new Uint8Array(0);
  #length = 0;

  add(piece: Uint8Array): void {
    const length = this.#length + piece.length;
    if (this.#length === 0) this.#buffer = piece as Uint8Array<ArrayBuffer>;
    else {
      if (length > this.#buffer.length) {
        const larger = new Uint8Array(Math.max(length, this.#buffer.length * 2));
        larger.set(this.#buffer.subarray(0, this.#length));
        this.#buffer = larger;
      }
      this.#buffer.set(piece, this.#length);
    }
    this.#length = length;
  }

  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }
}

/** An encoding makes no body longer by more than this part; what travels without becoming anything has no other bound. */
const ENCODING_MAX_PART = 1 / 64;
const ENCODING_MAX_BYTES = 1024;

/**
 * What decodes the body of an answer; `null` when it is in no encoding that is known.
 * @param maxBytes of the decoded body
 */
export async function decoded(
  source: PieceSource,
  encoding: string,
  maxBytes: number,
): Promise<PieceSource | null> {
  const name = encoding.toLowerCase();
  if (name !== "gzip" && name !== "x-gzip" && name !== "br") return null;
  const [zlib, { pipeline, Readable }] = await Promise.all([import("node:zlib"), import("node:stream")]);
  const decoder = name === "br" ? zlib.createBrotliDecompress() : zlib.createGunzip();
  const travelled = async function* () {
    let left = maxBytes * (1 + ENCODING_MAX_PART) + ENCODING_MAX_BYTES;
    for (let piece = await source.piece(); piece; piece = await source.piece()) {
      left -= piece.length;
      if (left < 0) throw answerTooLong(maxBytes);
      yield piece;
    }
  };
  // The decoder's own error is what the body sees; the callback only keeps it from being uncaught.
  pipeline(Readable.from(travelled(), { objectMode: true, highWaterMark: 1 }), decoder, () => {});
  const pieces = decoder[Symbol.asyncIterator]();
  return {
    bodyEnded: false,
    async piece() {
      const { done, value } = await pieces.next();
      if (done) return null;
      // A plain view: what Node calls a Buffer has other methods of the same names.
      return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    },
    stop: () => void decoder.destroy(),
  };
}

const CRLF = new Uint8Array([13, 10]);
const LAST_CHUNK = new TextEncoder().encode("0\r\n\r\n");

/**
 * Sends a body as it comes, waiting where the connection does.
 *
 * @param declared its length when the guest announced one: not a byte less or more is sent; else it goes in chunks
 * @throws {CapabilityError} `too-large`, `invalid`; whatever the guest's stream failed with becomes `aborted`
 */
export async function sendStream(
  connection: Connection,
  reader: ReadableStreamDefaultReader<Uint8Array>,
  declared: number | undefined,
  maxBytes: number,
  sent: (bytes: number) => void,
): Promise<void> {
  let total = 0;
  for (;;) {
    const { done, value } = await reader.read().catch(() => {
      throw new CapabilityError("aborted", "the request's body broke off");
    });
    if (connection.closed) return;
    if (done) break;
    if (value.byteLength === 0) continue;
    total += value.byteLength;
    if (total > maxBytes) {
      throw new CapabilityError("too-large", `the request is longer than ${maxBytes} bytes`);
    }
    if (declared !== undefined && total > declared) throw wrongLength();
    sent(value.byteLength);
    const taken = await connection.send(declared === undefined ? chunk(value) : value, false);
    if (!taken) return;
  }
  if (declared !== undefined && total !== declared) throw wrongLength();
  await connection.send(declared === undefined ? LAST_CHUNK : new Uint8Array(0), true);
}

/** RFC 9112 7.1. */
function chunk(data: Uint8Array): Uint8Array {
  const size = new TextEncoder().encode(data.byteLength.toString(16));
  const bytes = new Uint8Array(size.length + data.byteLength + 4);
  bytes.set(size);
  bytes.set(CRLF, size.length);
  bytes.set(data, size.length + 2);
  bytes.set(CRLF, bytes.length - 2);
  return bytes;
}

function wrongLength(): CapabilityError {
  return new CapabilityError("invalid", "the request's body is not as long as its content-length says");
}
