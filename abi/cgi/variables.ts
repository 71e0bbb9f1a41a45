/** A request as the variables of a program: RFC 3875, section 4.1. */
import type { ServiceFacts } from "../abi.ts";
import { readHead } from "../head.ts";

/** Names and values. */
export type Variables = readonly (readonly [name: string, value: string])[];

/** Only names that no other header could become too; see README.md. */
const HEADER_NAME = /^[a-z0-9-]+$/i;
/** Headers with a variable of their own, and the one that programs would take for a setting. */
const NOT_AS_HTTP = new Set(["content-type", "content-length", "proxy"]);

/**
 * The variables of a request. What is granted goes before what a client sends, and the protocol's own before both.
 * @param head MessagePack of `[url, method, headers]`, with the URL below the service's base path
 * @param bodyBytes how long the body is
 * @param granted what the `env` capability gives
 */
export function variablesOf(
  head: Uint8Array,
  bodyBytes: number,
  service: ServiceFacts,
  granted: Variables,
): Variables {
  const { url, method, headers } = readHead(head);
  const found = new Map<string, string>();
  for (const [name, value] of headers) {
    if (HEADER_NAME.test(name) && !NOT_AS_HTTP.has(name)) {
      found.set(`HTTP_${name.toUpperCase().replaceAll("-", "_")}`, value);
    }
  }
  for (const [name, value] of granted) found.set(name, value);
  for (const [name, value] of Object.entries(ownVariables(url, method, headers, bodyBytes, service))) {
    found.set(name, value);
  }
  return [...found];
}

function ownVariables(
  url: string,
  method: string,
  headers: ReadonlyMap<string, string>,
  bodyBytes: number,
  { basePath, httpPort }: ServiceFacts,
): Record<string, string> {
  const queryAt = url.indexOf("?");
  const path = queryAt < 0 ? url : url.slice(0, queryAt);
  const host = headers.get("host") ?? "localhost";
  const port = /:(\d+)$/.exec(host)?.[1];
  const type = headers.get("content-type");
  return {
    GATEWAY_INTERFACE: "CGI/1.1",
    PATH_INFO: unescaped(path),
    QUERY_STRING: queryAt < 0 ? "" : url.slice(queryAt + 1),
    REQUEST_METHOD: method,
    SCRIPT_NAME: basePath,
    SERVER_NAME: port === undefined ? host : host.slice(0, -port.length - 1),
    SERVER_PORT: port ?? String(httpPort),
    SERVER_PROTOCOL: "HTTP/1.1",
    SERVER_SOFTWARE: "Berth",
    ...(type === undefined ? {} : { CONTENT_TYPE: type }),
    ...(bodyBytes === 0 ? {} : { CONTENT_LENGTH: String(bodyBytes) }),
  };
}

/** A path that cannot be unescaped to text without a NUL stays as it came. */
function unescaped(path: string): string {
  try {
    const text = decodeURIComponent(path);
    return text.includes("\0") ? path : text;
  } catch {
    return path;
  }
}
