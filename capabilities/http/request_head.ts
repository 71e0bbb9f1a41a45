/** The head of an outbound request as it is written. Pure; everything in it was checked before. */
import { authority, type Target } from "./allow.ts";
import type { HeaderList } from "./headers.ts";

/** What is sent where. */
export interface RequestHead {
  readonly target: Target;
  readonly method: string;
  /** Names in lower case, without `host`. */
  readonly headers: HeaderList;
  /** Bytes of the body; `null` when they are not known. */
  readonly length: number | null;
  /** Stands in place of the request's own `traceparent`. */
  readonly traceparent: string | null;
}

/** RFC 9110 8.6: these mean something with an empty body too. */
const BODY_EXPECTED = new Set(["POST", "PUT", "PATCH"]);
/** A request target in origin form, RFC 9112 3.2.1. */
const PATH = /^\/[\x21-\x7e]*$/;

/** The bytes of a head with its empty line, and after it those of a body. */
export function requestBytes(head: RequestHead, body: Uint8Array | null): Uint8Array {
  const text = requestText(head);
  const bytes = new Uint8Array(text.length + (body?.length ?? 0));
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at); // Latin-1
  if (body) bytes.set(body, text.length);
  return bytes;
}

function requestText({ target, method, headers, length, traceparent }: RequestHead): string {
  if (!PATH.test(target.path)) throw new Error("a request target that is not in origin form");
  let text = `${method} ${target.path} HTTP/1.1\r\nhost: ${authority(target)}\r\n`;
  let cookies = "";
  let [accept, encoding, range, agent, declared] = [false, false, false, false, false];
  for (const [name, value] of headers) {
    if (name === "traceparent" && traceparent !== null) continue;
    if (name === "accept") accept = true;
    else if (name === "accept-encoding") encoding = true;
    else if (name === "range") range = true;
    else if (name === "user-agent") agent = true;
    else if (name === "content-length") declared = true;
    // RFC 6265 5.4: one header holds all of them.
    if (name === "cookie") cookies += cookies === "" ? value : `; ${value}`;
    else text += `${name}: ${value}\r\n`;
  }
  if (cookies !== "") text += `cookie: ${cookies}\r\n`;
  if (traceparent !== null) text += `traceparent: ${traceparent}\r\n`;
  if (!accept) text += "accept: */*\r\n";
  if (!encoding) {
    text += range ? "accept-encoding: identity\r\n" : "accept-encoding: gzip, br\r\n";
  }
  if (!agent) text += "user-agent: berth\r\n";
  if (!declared) {
    if (length === null) text += "transfer-encoding: chunked\r\n";
    else if (length > 0 || BODY_EXPECTED.has(method)) text += `content-length: ${length}\r\n`;
  }
  return text + "\r\n";
}
