/**
 * The head of an answer in HTTP/1.1, and how long its body is. Pure. As strict as the grammar: what could be read
 * in two ways is an error and ends the connection. https://www.rfc-editor.org/rfc/rfc9112
 */
import { CapabilityError } from "../error.ts";
import { type HeaderList, isHeaderName, isHeaderValue } from "./headers.ts";

/** Bounds of an answer's head. */
export interface HeadLimits {
  /** Of names and values together. */
  readonly egressHeadersMaxBytes: number;
  readonly egressHeadersMaxCount: number;
}

/** What a head says. */
export interface AnswerHead {
  readonly status: number;
  /** Names in lower case, values as characters that stand for bytes (Latin-1). */
  readonly headers: HeaderList;
  /** Whether the connection may serve another request. */
  readonly keepAlive: boolean;
  /** How long the server keeps it, in ms, where it says so. */
  readonly keepMs: number | null;
  /** The length of the body in bytes; `chunked`, or `close`: until the connection ends. */
  readonly length: number | "chunked" | "close";
}

const CR = 13;
const LF = 10;
/** RFC 9112 4: the reason may be missing together with its space. */
const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9][0-9]{2})(?: [\t\x20-\x7e\x80-\xff]*)?$/;
const LENGTH = /^[0-9]{1,15}$/;
const BEGIN = [..."HTTP/1."].map((character) => character.charCodeAt(0));

/**
 * Where the empty line after a head ends, in `bytes` from `from` to `to`; -1 when it is not there yet.
 *
 * @param seen up to here nothing was found before
 * @throws {CapabilityError} `unreachable` as soon as it cannot become a head
 */
export function headEnd(bytes: Uint8Array, from: number, seen: number, to: number): number {
  for (let at = 0; at < BEGIN.length && from + at < to; at++) {
    if (bytes[from + at] !== BEGIN[at]) throw notHttp("it does not begin like an answer");
  }
  for (let at = bytes.indexOf(LF, seen); at >= 0 && at < to; at = bytes.indexOf(LF, at + 1)) {
    if (bytes[at - 1] !== CR) throw notHttp("one of its lines ends without a carriage return");
    if (at - from >= 3 && bytes[at - 2] === LF) return at + 1;
  }
  return -1;
}

/** A first line is no longer than this; servers write 20 bytes. */
const STATUS_LINE_MAX_BYTES = 1024;

/** What a head may take as it travels: each header has a colon, a space and the end of its line beside it. */
export function headMaxBytes({ egressHeadersMaxBytes, egressHeadersMaxCount }: HeadLimits): number {
  return STATUS_LINE_MAX_BYTES + egressHeadersMaxBytes + 4 * egressHeadersMaxCount;
}

/**
 * Reads a head.
 *
 * @param text all of it with its empty line, each character a byte
 * @param method of the request: an answer to HEAD has no body
 * @throws {CapabilityError} `unreachable` when it is not HTTP, `too-large` for too many headers
 */
export function parseHead(text: string, method: string, limits: HeadLimits): AnswerHead {
  const lines = text.split("\r\n");
  const count = lines.length - 2; // without the empty line, and what follows its end
  const [, minor, digits] = STATUS_LINE.exec(lines[0] ?? "") ?? [];
  if (digits === undefined) throw notHttp("its first line is malformed");
  if (count - 1 > limits.egressHeadersMaxCount) {
    throw new CapabilityError(
      "too-large",
      `the answer has more than ${limits.egressHeadersMaxCount} headers`,
    );
  }
  const headers: [string, string][] = [];
  let bytes = 0;
  for (let at = 1; at < count; at++) {
    const [name, value] = field(lines[at] ?? "");
    headers.push([name, value]);
    bytes += name.length + value.length;
  }
  if (bytes > limits.egressHeadersMaxBytes) throw headTooLarge(limits);
  const status = Number(digits);
  return { status, headers, ...framing(status, headers, method, minor === "1") };
}

/** RFC 9112 5: no space before the colon and no folding; around the value are spaces and tabs. */
function field(line: string): [string, string] {
  const colon = line.indexOf(":");
  const name = line.slice(0, Math.max(0, colon));
  let from = colon + 1, to = line.length;
  while (from < to && isBlank(line.charCodeAt(from))) from++;
  while (to > from && isBlank(line.charCodeAt(to - 1))) to--;
  const value = line.slice(from, to);
  if (!isHeaderName(name) || !isHeaderValue(value)) throw notHttp("one of its headers is malformed");
  return [name.toLowerCase(), value];
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9;
}

/** RFC 9112 6.3, without any of its leniencies. */
function framing(
  status: number,
  headers: HeaderList,
  method: string,
  isVersion11: boolean,
): Pick<AnswerHead, "keepAlive" | "keepMs" | "length"> {
  let closes = false, keeps = isVersion11, keepMs: number | null = null;
  let length: number | null = null, chunked = false;
  for (const [name, value] of headers) {
    if (name === "content-length") {
      if (length !== null || !LENGTH.test(value)) throw notHttp("its length is not one number");
      length = Number(value);
    } else if (name === "transfer-encoding") {
      // Nothing else was offered, so nothing else may come.
      if (chunked || value.toLowerCase() !== "chunked") throw notHttp("its transfer-encoding is unknown");
      chunked = true;
    } else if (name === "connection") {
      const options = value.toLowerCase().split(",").map((option) => option.trim());
      closes ||= options.includes("close");
      keeps ||= options.includes("keep-alive");
    } else if (name === "keep-alive") keepMs = keepTime(value);
  }
  // Both at once is how answers are smuggled; chunks in 1.0 are what some relay did not understand.
  if (chunked && (length !== null || !isVersion11)) throw notHttp("its length is given in two ways");
  const keepAlive = keeps && !closes;
  if (method === "HEAD" || status === 204 || status === 304 || status < 200) {
    return { keepAlive, keepMs, length: 0 };
  }
  if (chunked) return { keepAlive, keepMs, length: "chunked" };
  if (length !== null) return { keepAlive, keepMs, length };
  return { keepAlive: false, keepMs, length: "close" };
}

/** `timeout=5, max=100`: the seconds. */
function keepTime(value: string): number | null {
  const seconds = /(?:^|[\s,])timeout=([0-9]{1,6})(?:$|[\s,])/i.exec(value)?.[1];
  return seconds === undefined ? null : Number(seconds) * 1000;
}

/** An answer with more headers than the limit allows. */
export function headTooLarge({ egressHeadersMaxBytes }: HeadLimits): CapabilityError {
  return new CapabilityError(
    "too-large",
    `the answer has more than ${egressHeadersMaxBytes} bytes of headers`,
  );
}

/** An answer that cannot be trusted to be one. */
export function notHttp(why: string): CapabilityError {
  return new CapabilityError("unreachable", `the answer is not HTTP: ${why}`);
}
