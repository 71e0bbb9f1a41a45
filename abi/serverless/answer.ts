/** The answers to a guest's messages: the same bytes through a callback and through `berth.take`. */
import { CapabilityError } from "../../capabilities/error.ts";
import type { CapabilityName } from "../../capabilities/capability.ts";
import { MessageError } from "./error.ts";
import type { Pieces } from "./buffers.ts";
import { RawText, Writer } from "./msgpack/writer.ts";
import { joinPieces } from "../pieces.ts";
import type { HeaderPair } from "./table/record.ts";

const start = (method: string) =>
  joinPieces(
    new Writer().map(4).text("jsonrpc").text("2.0").text("method").text(method).text("id").pieces(),
  );

const SUCCESS = start("oncallback.success");
const ERROR = start("oncallback.error");
const ERROR_WITH_DATA = start("oncallback.error_with_data");
const DATA = joinPieces(new Writer().text("params").map(1).text("data").pieces());

/** `oncallback.success` with a result: any plain value. */
export function successAnswer(id: number, result: unknown): Pieces {
  return new Writer().raw(SUCCESS).number(id).raw(DATA).any(result ?? {}).pieces();
}

/** `oncallback.error` with a code and a text for the guest's author. */
export function errorAnswer(id: number, code: string, message: string): Pieces {
  return new Writer().raw(ERROR).number(id).text("params").map(1)
    .text("error").map(2).text("message").text(message).text("code").text(code).pieces();
}

/** mimik's answer of an outbound request whose status is 400 or more. */
export function errorWithDataAnswer(id: number, message: string, data: unknown): Pieces {
  return new Writer().raw(ERROR_WITH_DATA).number(id).text("params").map(2)
    .text("error").map(2).text("message").text(message).text("code").text("http")
    .text("data").any(data).pieces();
}

/** A failure that the guest is told of; anything else is a fault of its own memory or of ours. */
export type ToldError = CapabilityError | MessageError;

/** Whether the guest is told. */
export function isTold(error: unknown): error is ToldError {
  return error instanceof CapabilityError || error instanceof MessageError;
}

/** What the guest reads: the text, and for `denied` the manifest line that would allow it. */
export function toldMessage(error: ToldError): string {
  const line = error instanceof CapabilityError ? error.manifestLine : "";
  return line === ""
    ? error.message
    : `${error.message}; in berth.json, under "capabilities", this would allow it: ${line}`;
}

/** The manifest lines that grant a capability which is absent altogether. */
const GRANT_LINES: Readonly<Record<CapabilityName, string>> = {
  files: `"files": {"mounts": [{"guest": "/data", "access": "read-write"}]}`,
  clock: `"clock": true`,
  random: `"random": true`,
  env: `"env": true`,
  stdio: `"stdio": true`,
  http: `"http": {"allow": ["https://example.com"]}`,
  storage: `"storage": true`,
  services: `"services": {"allow": ["other-service"]}`,
  websocket: `"websocket": true`,
};

/**
 * The error of a message whose capability is not granted.
 *
 * @param line the manifest line that would allow just this, where the message's parameters tell it
 */
export function notGranted(capability: CapabilityName, line?: string): CapabilityError {
  return new CapabilityError(
    "denied",
    `the ${capability} capability is not granted`,
    line ?? GRANT_LINES[capability],
  );
}

/** What a line is made of is the guest's: a longer one is not repeated. */
const ASKED_MAX_LENGTH = 256;

/** The manifest line for what a message asked for: its host, its service, its secret. */
export function lineFor(method: string, parameters: unknown): string | undefined {
  if (typeof parameters !== "object" || parameters === null) return undefined;
  const { url, service, key }: { url?: unknown; service?: unknown; key?: unknown } = parameters;
  if (method.startsWith("http") && typeof url === "string" && url.length <= ASKED_MAX_LENGTH) {
    const { protocol, origin } = URL.parse(url) ?? { protocol: "", origin: "" };
    return /^https?:$/.test(protocol) ? `"http": {"allow": [${JSON.stringify(origin)}]}` : undefined;
  }
  if (method === "service.call" && typeof service === "string" && /^[a-z0-9-]{1,63}$/.test(service)) {
    return `"services": {"allow": [${JSON.stringify(service)}]}`;
  }
  if (method === "secret.get" && typeof key === "string" && key.length <= ASKED_MAX_LENGTH) {
    return `"env": {"secrets": [${JSON.stringify(key)}]}`;
  }
  return undefined;
}

/** mimik's form of an answer: text only, and one value for each header name. */
export function callbackResult(
  status: number,
  headers: Readonly<Record<string, unknown>>,
  data: string | Uint8Array,
): { status: number; headers: Readonly<Record<string, unknown>>; data: unknown } {
  return { status, headers, data: typeof data === "string" ? data : new RawText(data) };
}

/** Headers as a map, repeated names joined as RFC 9110 section 5.3 allows. */
export function joinHeaders(pairs: readonly HeaderPair[]): Record<string, unknown> {
  // Without a prototype, every name is only a name.
  const joined: Record<string, unknown> = Object.create(null);
  for (const [name, value] of pairs) {
    const before = joined[name];
    joined[name] = before === undefined ? value : `${before}, ${value}`;
  }
  for (const name of Object.keys(joined)) joined[name] = headerText(String(joined[name]));
  return joined;
}

/** A header's value, whose characters stand for bytes, as those bytes. */
export function headerText(value: string): unknown {
  // deno-lint-ignore no-control-regex -- the range of ASCII
  if (/^[\x00-\x7f]*$/.test(value)) return value;
  return new RawText(Uint8Array.from(value, (character) => character.charCodeAt(0)));
}
