/** Headers of outbound requests and their answers. Pure. */
import type { CapabilityLimits } from "../limits.ts";
import { CapabilityError } from "../error.ts";

/** Names in lower case, in order, possibly repeated. */
export type HeaderList = readonly (readonly [string, string])[];

/** What belongs to the connection and not to the request; the host sets it where it is needed. */
const FORBIDDEN = new Set([
  "connection",
  "expect",
  "http2-settings",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** RFC 9110 5.6.2, a token. */
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** RFC 9110 5.5: visible characters, space, tab, obs-text. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Whether a header may have this name, in any case. */
export function isHeaderName(text: string): boolean {
  return NAME.test(text);
}

/** Whether a header may have this value: each character a byte, no line break, no NUL. */
export function isHeaderValue(text: string): boolean {
  return VALUE.test(text);
}

/**
 * The guest's headers, checked, names in lower case; `host` is left out, as it is set from the URL.
 *
 * @param authority what `host` may say
 * @throws {CapabilityError} `invalid`, `too-large`
 */
export function checkHeaders(
  headers: EgressHeaders,
  authority: string,
  limits: CapabilityLimits,
): [string, string][] {
  if (headers.length > limits.egressHeadersMaxCount) {
    throw new CapabilityError("too-large", `a request has at most ${limits.egressHeadersMaxCount} headers`);
  }
  let bytes = 0;
  const checked: [string, string][] = [];
  for (const [original, value] of headers) {
    bytes += original.length + value.length;
    if (bytes > limits.egressHeadersMaxBytes) {
      throw new CapabilityError(
        "too-large",
        `a request has at most ${limits.egressHeadersMaxBytes} bytes of headers`,
      );
    }
    const name = checkName(original);
    if (!VALUE.test(value)) {
      throw new CapabilityError(
        "invalid",
        `the value of the header ${name} contains a line break or a character that headers cannot hold`,
      );
    }
    if (name === "host") {
      if (value.toLowerCase() !== authority) {
        throw new CapabilityError("invalid", "the header host differs from the URL; leave it out");
      }
    } else checked.push([name, value.trim()]);
  }
  return checked;
}

type EgressHeaders = readonly (readonly [string, string])[];

function checkName(original: string): string {
  if (!NAME.test(original)) {
    throw new CapabilityError("invalid", "the name of a header is empty or malformed");
  }
  const name = original.toLowerCase();
  if (FORBIDDEN.has(name) || name.startsWith("proxy-")) {
    throw new CapabilityError(
      "invalid",
      `the header ${name} belongs to the connection, which the host makes`,
    );
  }
  return name;
}

/** The declared length of a body, when the guest declares one. Throws `invalid`. */
export function declaredLength(headers: HeaderList): number | undefined {
  const found = headers.filter(([name]) => name === "content-length").map(([, value]) => value);
  if (found.length === 0) return undefined;
  const length = Number(found[0]);
  if (found.length > 1 || !/^\d{1,15}$/.test(found[0] ?? "")) {
    throw new CapabilityError("invalid", "the header content-length must be there once, as a number");
  }
  return length;
}

const OF_THE_CONNECTION = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
]);

/** An answer's headers without those of the connection. */
export function shownHeaders(headers: HeaderList, decoded: boolean): HeaderList {
  return headers.filter(([name]) =>
    !OF_THE_CONNECTION.has(name) &&
    // They describe the body as it travelled, not as the guest gets it.
    !(decoded && (name === "content-encoding" || name === "content-length"))
  );
}

const CREDENTIALS = new Set(["authorization", "cookie", "cookie2"]);
const OF_THE_BODY = new Set([
  "content-encoding",
  "content-language",
  "content-length",
  "content-location",
  "content-type",
]);

/** What is left of the headers for the next hop. https://fetch.spec.whatwg.org/#http-redirect-fetch */
export function redirectHeaders(
  headers: HeaderList,
  sameOrigin: boolean,
  keepsBody: boolean,
): [string, string][] {
  return headers.filter(([name]) =>
    (sameOrigin || !CREDENTIALS.has(name)) && (keepsBody || !OF_THE_BODY.has(name))
  ).map(([name, value]) => [name, value]);
}
