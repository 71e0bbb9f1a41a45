/** Heads of requests and answers as they lie in a frame. */

/** Header pairs in order; a name may repeat. */
export type HeaderList = readonly (readonly [string, string])[];

/** Thrown inside when the room is not enough; callers turn it into a status. */
export class HeadTooLarge extends Error {
  override readonly name = "HeadTooLarge";
}

/** Writes text of code points below 256 (all that URLs and header values hold) as UTF-8 with a MessagePack head. */
function writeText(into: Uint8Array, at: number, limit: number, text: string): number {
  const length = text.length;
  if (at + 5 + length * 2 > limit) throw new HeadTooLarge();
  // The common case first: ASCII below 32 or 256 bytes, whose head is known beforehand.
  const start = length < 32 ? at + 1 : length < 256 ? at + 2 : at + 5;
  let end = start;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x80) into[end++] = code;
    else {
      into[end++] = 0xc0 | (code >> 6 & 0x1f);
      into[end++] = 0x80 | (code & 0x3f);
    }
  }
  return writeTextHead(into, at, start, end);
}

function writeTextHead(into: Uint8Array, at: number, start: number, end: number): number {
  const bytes = end - start;
  if (start === at + 1 && bytes < 32) into[at] = 0xa0 | bytes;
  else if (start === at + 2 && bytes < 256) {
    into[at] = 0xd9;
    into[at + 1] = bytes;
  } else {
    if (start !== at + 5) {
      into.copyWithin(at + 5, start, end);
      end += at + 5 - start;
    }
    into[at] = 0xdb;
    writeU32(into, at + 1, bytes);
  }
  return end;
}

function writeU32(into: Uint8Array, at: number, value: number): void {
  into[at] = value >>> 24;
  into[at + 1] = value >>> 16;
  into[at + 2] = value >>> 8;
  into[at + 3] = value;
}

/** Writes the heads of requests. */
export class RequestHeadWriter {
  #into = new Uint8Array(0);
  #end = 0;
  #limit = 0;
  #count = 0;

  /** Writes MessagePack `[url, method, {name: value}]` into `[at, limit)`; gives the end. Throws {@link HeadTooLarge}. */
  write(
    into: Uint8Array<ArrayBuffer>,
    at: number,
    limit: number,
    url: string,
    method: string,
    headers: Headers,
  ): number {
    if (at + 1 > limit) throw new HeadTooLarge();
    into[at] = 0x93;
    const mapAt = writeText(into, writeText(into, at + 1, limit, url), limit, method);
    if (mapAt + 5 > limit) throw new HeadTooLarge();
    this.#into = into;
    this.#limit = limit;
    this.#end = mapAt + 5;
    this.#count = 0;
    headers.forEach(this.#header); // costs two thirds of what the iterator does
    into[mapAt] = 0xdf;
    writeU32(into, mapAt + 1, this.#count);
    return this.#end;
  }

  readonly #header = (value: string, name: string): void => {
    const valueAt = writeText(this.#into, this.#end, this.#limit, name);
    this.#end = writeText(this.#into, valueAt, this.#limit, value);
    this.#count++;
  };
}

/** How many bytes {@link writeAnswerHead} writes. */
export function answerHeadBytes(headers: HeaderList): number {
  let bytes = 8;
  for (const [name, value] of headers) bytes += 6 + name.length + value.length;
  return bytes;
}

/**
 * Writes an answer's head: u16 status, u16 count, u32 bytes, then for each header u16 and u32 lengths with latin-1
 * text. There must be room for {@link answerHeadBytes}; gives the end.
 */
export function writeAnswerHead(into: Uint8Array, at: number, status: number, headers: HeaderList): number {
  let end = at + 8;
  for (const [name, value] of headers) {
    into[end] = name.length >> 8;
    into[end + 1] = name.length;
    writeU32(into, end + 2, value.length);
    end = writeLatin1(into, writeLatin1(into, end + 6, name), value);
  }
  into[at] = status >> 8;
  into[at + 1] = status;
  into[at + 2] = headers.length >> 8;
  into[at + 3] = headers.length;
  writeU32(into, at + 4, end - at - 8);
  return end;
}

function writeLatin1(into: Uint8Array, at: number, text: string): number {
  for (let i = 0; i < text.length; i++) into[at + i] = text.charCodeAt(i);
  return at + text.length;
}

const readU32 = (from: Uint8Array, at: number) =>
  ((from[at] ?? 0) << 24 | (from[at + 1] ?? 0) << 16 | (from[at + 2] ?? 0) << 8 | (from[at + 3] ?? 0)) >>> 0;

const readU16 = (from: Uint8Array, at: number) => (from[at] ?? 0) << 8 | (from[at + 1] ?? 0);

/** The head of an answer; shared between answers that have the same. */
export interface AnswerHead {
  /** How many bytes of the frame it takes; the body follows. */
  readonly bytes: number;
  /** Status and headers for `Response`. */
  readonly init: ResponseInit & { readonly status: number };
  /** Whether there is a content type. */
  readonly typed: boolean;
  /** Whether it is the head that `Response` gives text by itself. */
  readonly plainText: boolean;
  /** Whether its status allows no body. */
  readonly bodyless: boolean;
}

/** Statuses whose answers have no body. */
const BODYLESS = new Set([204, 205, 304]);

/** The content type that `Response` gives text. */
const TEXT_TYPE = "text/plain;charset=UTF-8";

/**
 * Headers that belong to the connection, which is the host's, or that speak for the whole origin, which a service
 * shares with the management API, the console and other services: a page of a service must not get a worker, a
 * redirection or a deletion above its own path, nor (with the console's opener policy) a hold of the console's window.
 * Held here, on the host's side: a worker that is not itself any more could split answers with them.
 */
const NOT_ITS_OWN = new Set([
  "alt-svc",
  "clear-site-data",
  "cross-origin-opener-policy",
  "nel",
  "report-to",
  "reporting-endpoints",
  "service-worker-allowed",
  "strict-transport-security",
  "connection",
  "content-length",
  "keep-alive",
  "proxy-authenticate",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Reads answers' heads; the last one is remembered, for most answers of a service repeat it. */
export class AnswerHeadReader {
  #last = new Uint8Array(0);
  #head: AnswerHead | null = null;

  /** Reads the head at `at`, in a frame that ends at `end`. Throws a `RangeError` for what is longer. */
  read(from: Uint8Array, at: number, end: number): AnswerHead {
    const bytes = 8 + readU32(from, at + 4);
    if (at + bytes > end) throw tooLong();
    if (this.#head !== null && this.#isLast(from, at, bytes)) return this.#head;
    const last = from.slice(at, at + bytes);
    const head = this.#head = headOf(last);
    this.#last = last;
    return head;
  }

  #isLast(from: Uint8Array, at: number, bytes: number): boolean {
    const last = this.#last;
    if (last.length !== bytes) return false;
    for (let i = 0; i < bytes; i++) if (last[i] !== from[at + i]) return false;
    return true;
  }
}

function headOf(bytes: Uint8Array): AnswerHead {
  const headers = readHeaders(bytes.subarray(8), readU16(bytes, 2))
    .filter(([name]) => !NOT_ITS_OWN.has(name.toLowerCase()));
  const status = readU16(bytes, 0);
  const names = new Set(headers.map(([name]) => name.toLowerCase()));
  const typed = names.has("content-type");
  return {
    bytes: bytes.length,
    // A record is what the server takes fastest; only a name that repeats needs pairs.
    init: { status, headers: names.size === headers.length ? Object.fromEntries(headers) : headers },
    typed,
    plainText: status === 200 && typed && headers.length === 1 && headers[0]?.[1] === TEXT_TYPE,
    bodyless: BODYLESS.has(status),
  };
}

function readHeaders(block: Uint8Array, count: number): [string, string][] {
  const headers: [string, string][] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    const nameEnd = at + 6 + readU16(block, at);
    const valueEnd = nameEnd + readU32(block, at + 2);
    if (valueEnd > block.length) throw tooLong();
    headers.push([readLatin1(block, at + 6, nameEnd), readLatin1(block, nameEnd, valueEnd)]);
    at = valueEnd;
  }
  return headers;
}

const tooLong = () => new RangeError("an answer's head is longer than its frame");

function readLatin1(from: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let i = start; i < end; i++) text += String.fromCharCode(from[i] ?? 0);
  return text;
}
