/**
 * Takes multipart/form-data apart as it comes (RFC 7578 over RFC 2046). It holds one part's head or what the
 * reader has not taken yet, never a whole part.
 */
import { MessageError } from "../error.ts";
import { type FormPart, parseHead } from "./head.ts";

/** Longest head of a part: a disposition with two names, a type, some more. */
export const PART_HEAD_MAX_BYTES = 16_384;
/** Most parts of one form; each costs the guest a callback or a call. */
export const PARTS_MAX_COUNT = 1000;
/** Padding after a boundary, before its line end. */
const PADDING_MAX_BYTES = 256;

const CR = 13;
const LF = 10;
const DASH = 45;

/** What comes next: a part, the end, or nothing until more bytes are pushed. */
export type FormEvent =
  | { readonly kind: "part"; readonly part: FormPart }
  | { readonly kind: "end" }
  | "more";

/** A parser that is fed with {@link push} and asked with {@link next} and {@link read}. */
export class MultipartParser {
  readonly #delimiter: Uint8Array;
  // The first boundary needs no line end before it; this one makes it look like all others.
  #buffer: Uint8Array = Uint8Array.of(CR, LF);
  #state: "passing" | "delimiter" | "head" | "data" | "done" = "passing";
  /** Up to here no delimiter begins. */
  #clear = 0;
  /** Where a delimiter begins; -1 when none was found yet. */
  #found = -1;
  #parts = 0;
  #ended = false;

  /** @param boundary as in the content-type, 1 … 70 characters */
  constructor(boundary: string) {
    this.#delimiter = new TextEncoder().encode(`\r\n--${boundary}`);
  }

  /** Takes the next bytes of the body; they are not copied unless something is left over. */
  push(bytes: Uint8Array): void {
    if (this.#state === "done" || bytes.length === 0) return;
    const rest = this.#buffer;
    if (rest.length === 0) this.#buffer = bytes;
    else {
      this.#buffer = new Uint8Array(rest.length + bytes.length);
      this.#buffer.set(rest);
      this.#buffer.set(bytes, rest.length);
    }
  }

  /** Says that the body has ended. */
  end(): void {
    this.#ended = true;
  }

  /** Goes to the next part, past what is left of the present one. */
  next(): FormEvent {
    for (;;) {
      switch (this.#state) {
        case "passing":
        case "data":
          if (!this.#passToDelimiter()) return this.#more();
          this.#state = "delimiter";
          break;
        case "delimiter":
          if (!this.#afterDelimiter()) return this.#more();
          break;
        case "head": {
          const part = this.#head();
          if (!part) return this.#more();
          this.#state = "data";
          return { kind: "part", part };
        }
        case "done":
          return { kind: "end" };
      }
    }
  }

  /** At most `max` bytes of the present part; `null` at its end. */
  read(max: number): Uint8Array | null | "more" {
    if (this.#state !== "data") return null;
    this.#search();
    const available = this.#found >= 0 ? this.#found : this.#clear;
    if (available > 0) {
      const length = Math.min(available, max);
      const piece = this.#buffer.subarray(0, length);
      this.#drop(length);
      return piece;
    }
    if (this.#found < 0) return this.#more();
    this.#drop(this.#delimiter.length);
    this.#state = "delimiter";
    return null;
  }

  #more(): "more" {
    if (this.#ended) throw new MessageError("invalid", "read a form: it breaks off before its last boundary");
    return "more";
  }

  #drop(count: number): void {
    this.#buffer = this.#buffer.subarray(count);
    this.#clear = Math.max(0, this.#clear - count);
    this.#found = this.#found >= count ? this.#found - count : -1;
  }

  /** Looks for the delimiter in what was not looked at before. */
  #search(): void {
    if (this.#found >= 0) return;
    const buffer = this.#buffer;
    const delimiter = this.#delimiter;
    const last = buffer.length - delimiter.length;
    let at = this.#clear;
    while (at <= last) {
      at = buffer.indexOf(CR, at);
      if (at < 0 || at > last) break;
      if (beginsWith(buffer, at, delimiter)) {
        this.#found = at;
        return;
      }
      at++;
    }
    this.#clear = Math.max(this.#clear, last + 1, 0);
  }

  #passToDelimiter(): boolean {
    this.#search();
    if (this.#found < 0) {
      this.#drop(this.#clear);
      return false;
    }
    this.#drop(this.#found + this.#delimiter.length);
    return true;
  }

  #afterDelimiter(): boolean {
    const buffer = this.#buffer;
    if (buffer.length < 2) return false;
    if (buffer[0] === DASH && buffer[1] === DASH) {
      this.#state = "done";
      this.#buffer = new Uint8Array(0);
      return true;
    }
    const lineEnd = buffer.indexOf(LF);
    const padding = lineEnd < 0 ? buffer.length : lineEnd - 1;
    if (padding > PADDING_MAX_BYTES || !isPadding(buffer, padding, lineEnd)) {
      throw new MessageError(
        "invalid",
        "read a form: a boundary is followed by something else than a line end",
      );
    }
    if (lineEnd < 0) return false;
    this.#drop(lineEnd + 1);
    this.#state = "head";
    return true;
  }

  #head(): FormPart | null {
    const buffer = this.#buffer;
    const end = headEnd(buffer);
    if (end < 0 ? buffer.length > PART_HEAD_MAX_BYTES : end > PART_HEAD_MAX_BYTES) {
      throw new MessageError(
        "too-large",
        `read a form: a part's head is longer than ${PART_HEAD_MAX_BYTES} bytes`,
      );
    }
    if (end < 0) return null;
    if (++this.#parts > PARTS_MAX_COUNT) {
      throw new MessageError("too-large", `read a form: it has more than ${PARTS_MAX_COUNT} parts`);
    }
    const part = parseHead(buffer.subarray(0, end));
    // The line end of an empty head also begins the delimiter of an empty part: keep it in the data.
    this.#drop(end + (end === 0 ? 0 : 2));
    this.#clear = 0;
    this.#found = -1;
    if (!beginsWith(this.#buffer, 0, Uint8Array.of(CR, LF))) {
      throw new MessageError("invalid", "read a form: bad head");
    }
    this.#drop(2);
    return part;
  }
}

/** Where the blank line begins: index of the CRLF that ends the last header; 0 for no header; -1 not there yet. */
function headEnd(buffer: Uint8Array): number {
  if (buffer[0] === CR && buffer[1] === LF) return 0;
  const limit = Math.min(buffer.length - 3, PART_HEAD_MAX_BYTES + 1);
  for (let at = buffer.indexOf(CR); at >= 0 && at < limit; at = buffer.indexOf(CR, at + 1)) {
    if (buffer[at + 1] === LF && buffer[at + 2] === CR && buffer[at + 3] === LF) return at;
  }
  return -1;
}

function isPadding(buffer: Uint8Array, length: number, lineEnd: number): boolean {
  if (lineEnd >= 0 && buffer[lineEnd - 1] !== CR) return false;
  for (let index = 0; index < length; index++) {
    const byte = buffer[index];
    const lastCr = lineEnd < 0 && index === length - 1 && byte === CR;
    if (byte !== 32 && byte !== 9 && !lastCr) return false;
  }
  return true;
}

function beginsWith(buffer: Uint8Array, at: number, expected: Uint8Array): boolean {
  for (let index = expected.length - 1; index >= 0; index--) {
    if (buffer[at + index] !== expected[index]) return false;
  }
  return true;
}
