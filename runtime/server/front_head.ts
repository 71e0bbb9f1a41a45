/** Heads of requests on the safe front: only what every server on the way reads alike goes on. */
import type { IncomingMessage } from "node:http";

/** A head that was found good. */
export interface RequestHead {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  readonly hasBody: boolean;
}

const HEADERS_MAX_COUNT = 100;
/** RFC 3986 3.2.2 and a port; no user, no path. */
const AUTHORITY = /^(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/;
/** A path that a URL parser would move: dot segments, also encoded, and backslashes. */
const MOVING = /(?:^|\/)(?:\.|%2e){1,2}(?:\/|$)|\\/i;
/** What `Request` does not take. */
const REFUSED_METHODS = new Set(["CONNECT", "TRACE", "TRACK"]);

/** A request's head, or the status with which it is refused. */
export function headOf(incoming: IncomingMessage, scheme: "http" | "https"): RequestHead | number {
  const { rawHeaders, method = "GET", url: target = "" } = incoming;
  if (rawHeaders.length > HEADERS_MAX_COUNT * 2) return 431;
  if (REFUSED_METHODS.has(method)) return 501;
  const headers = readHeaders(rawHeaders);
  if (!headers || !isFramedOnce(rawHeaders)) return 400;
  const local = `localhost:${incoming.socket.localPort}`; // HTTP/1.0 has no Host
  const url = urlOf(target, headers.get("host") ?? local, scheme);
  if (url === null) return 400;
  const bodyless = method === "GET" || method === "HEAD";
  const announced = headers.has("transfer-encoding") || Number(headers.get("content-length") ?? 0) > 0;
  return { url, method, headers, hasBody: announced && !bodyless };
}

function readHeaders(raw: readonly string[]): Headers | null {
  const headers = new Headers();
  try {
    for (let at = 0; at + 1 < raw.length; at += 2) headers.append(raw[at] ?? "", raw[at + 1] ?? "");
  } catch {
    return null; // a name or value that no header may have
  }
  return headers;
}

/** One Host at most, one Content-Length at most, and not both of Content-Length and Transfer-Encoding. */
function isFramedOnce(raw: readonly string[]): boolean {
  let hosts = 0, lengths = 0, encodings = 0;
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at]?.toLowerCase();
    if (name === "host") hosts++;
    else if (name === "content-length") lengths++;
    else if (name === "transfer-encoding") encodings++;
  }
  return hosts <= 1 && lengths <= 1 && encodings <= 1 && lengths + encodings <= 1;
}

/** The URL of a request target in origin form or absolute form (RFC 9112 3.2); `null` for anything else. */
function urlOf(target: string, host: string, scheme: string): string | null {
  const absolute = /^https?:\/\/([^/?#]*)(.*)$/i.exec(target);
  const authority = absolute ? absolute[1] ?? "" : host;
  const rest = absolute ? absolute[2] || "/" : target;
  if (!rest.startsWith("/") || !AUTHORITY.test(authority)) return null;
  const queryAt = rest.indexOf("?");
  if (MOVING.test(queryAt < 0 ? rest : rest.slice(0, queryAt))) return null;
  const url = `${scheme}://${authority}${rest}`;
  return URL.canParse(url) ? url : null;
}
