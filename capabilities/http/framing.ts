/** Where the body of an answer begins and ends among the bytes of its connection. Pure, bounded, strict. */
import { notHttp } from "./answer_head.ts";

/** Goes through the bytes of a body piece by piece. */
export interface Framing {
  /** Whether the body is over; bytes after that belong to nobody. */
  readonly ended: boolean;
  /** The payload that the last {@link take} found: a range of its bytes, perhaps empty. */
  readonly payloadFrom: number;
  readonly payloadTo: number;
  /** How many bytes of payload come at least before anything else; 0 when that is not known. */
  readonly ahead: number;
  /**
   * Looks at `bytes` from `from` to `to`, and gives where it stopped: after one range of payload, or when it needs
   * more. Throws `unreachable` when they are not what they should be.
   */
  take(bytes: Uint8Array, from: number, to: number): number;
  /** Payload that was read past the buffer. */
  passed(count: number): void;
  /** The connection has ended; throws when the body had not. */
  close(): void;
}

/** The framing that a head says. */
export function framingOf(length: number | "chunked" | "close", trailersMaxBytes: number): Framing {
  if (length === "chunked") return new ChunkedFraming(trailersMaxBytes);
  return new PlainFraming(length === "close" ? Infinity : length);
}

function brokenOff(): Error {
  return Object.assign(new Error("the answer ended before its body did"), { code: "ECONNRESET" });
}

/** So many bytes, or (`Infinity`) all until the connection ends. */
class PlainFraming implements Framing {
  payloadFrom = 0;
  payloadTo = 0;

  constructor(private left: number) {}

  get ended(): boolean {
    return this.left === 0;
  }

  get ahead(): number {
    return this.left;
  }

  take(_bytes: Uint8Array, from: number, to: number): number {
    this.payloadFrom = from;
    this.payloadTo = Math.min(to, from + this.left);
    this.left -= this.payloadTo - from;
    return this.payloadTo;
  }

  passed(count: number): void {
    this.left -= count;
  }

  close(): void {
    if (this.left !== Infinity && this.left !== 0) throw brokenOff();
    this.left = 0;
  }
}

/** The line before a chunk: a size and, ignored, extensions. */
const SIZE_LINE_MAX_BYTES = 256;
/** Eight hexadecimal digits: chunks below 4 GiB. */
const SIZE_DIGITS_MAX_COUNT = 8;

const CR = 13;
const LF = 10;
const SEMICOLON = 59;

/** What comes next in a chunked body. */
type Expected = "size" | "extension" | "size-lf" | "data" | "data-cr" | "data-lf" | "trailer" | "trailer-lf";

/** RFC 9112 7.1. Trailers are read past: nobody asked for them. */
class ChunkedFraming implements Framing {
  payloadFrom = 0;
  payloadTo = 0;
  ended = false;
  #expected: Expected = "size";
  #left = 0;
  #digits = 0;
  #lineBytes = 0;
  #trailerBytes = 0;

  constructor(private readonly trailersMaxBytes: number) {}

  get ahead(): number {
    return this.#expected === "data" ? this.#left : 0;
  }

  take(bytes: Uint8Array, from: number, to: number): number {
    this.payloadFrom = this.payloadTo = from;
    let at = from;
    while (at < to && !this.ended) {
      if (this.#expected !== "data") {
        this.#step(bytes[at++] ?? 0);
        continue;
      }
      this.payloadFrom = at;
      this.payloadTo = Math.min(to, at + this.#left);
      this.passed(this.payloadTo - at);
      return this.payloadTo;
    }
    return at;
  }

  passed(count: number): void {
    this.#left -= count;
    if (this.#left === 0) this.#expected = "data-cr";
  }

  close(): void {
    if (!this.ended) throw brokenOff();
  }

  #step(byte: number): void {
    switch (this.#expected) {
      case "size":
      case "extension":
        return this.#sizeLine(byte);
      case "size-lf":
        must(byte === LF);
        if (this.#left > 0) this.#expected = "data";
        else this.#beginTrailer();
        return;
      case "data-cr":
        must(byte === CR);
        this.#expected = "data-lf";
        return;
      case "data-lf":
        must(byte === LF);
        this.#expected = "size";
        this.#digits = this.#lineBytes = 0;
        return;
      default:
        return this.#trailer(byte);
    }
  }

  #sizeLine(byte: number): void {
    must(++this.#lineBytes <= SIZE_LINE_MAX_BYTES);
    if (byte === CR) {
      must(this.#digits > 0);
      this.#expected = "size-lf";
    } else if (this.#expected === "extension") must(byte >= 32 && byte !== 127 || byte === 9);
    else if (byte === SEMICOLON) {
      must(this.#digits > 0);
      this.#expected = "extension";
    } else {
      const digit = hexDigit(byte);
      must(digit >= 0 && ++this.#digits <= SIZE_DIGITS_MAX_COUNT);
      this.#left = this.#left * 16 + digit;
    }
  }

  #beginTrailer(): void {
    this.#expected = "trailer";
    this.#lineBytes = 0;
  }

  /** Lines until an empty one, all of them bounded. */
  #trailer(byte: number): void {
    must(++this.#trailerBytes <= this.trailersMaxBytes);
    if (this.#expected === "trailer-lf") {
      must(byte === LF);
      if (this.#lineBytes === 0) this.ended = true;
      else this.#beginTrailer();
    } else if (byte === CR) this.#expected = "trailer-lf";
    else {
      must(byte >= 32 && byte !== 127 || byte === 9);
      this.#lineBytes++;
    }
  }
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const letter = byte | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}

function must(holds: boolean): asserts holds {
  if (!holds) throw notHttp("one of its chunks is malformed");
}
