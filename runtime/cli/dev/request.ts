/** The requests of `berth dev`: `GET /path`, `POST /path {"json": true}`, and how their answers are shown. */
import type { Colours } from "../screen.ts";
import { bytesText, durationText } from "../screen.ts";
import { clean } from "../commands/logs.ts";

/** A request that was typed. */
export interface TypedRequest {
  readonly method: string;
  /** Below the service's address, with the query. */
  readonly path: string;
  readonly body: string;
}

const LINE = /^(?:([A-Za-z]+)\s+)?(\/\S*)(?:\s+([^]+))?$/;
const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
const TIMEOUT_MS = 60_000;
const SHOWN_MAX_LENGTH = 4_000;

/** Reads a line; a path alone is a GET, with a body a POST. Nothing when it is no request. */
export function readRequestLine(line: string): TypedRequest | undefined {
  const [, method, path = "", body = ""] = LINE.exec(line) ?? [];
  const named = (method ?? (body === "" ? "GET" : "POST")).toUpperCase();
  return path !== "" && METHODS.includes(named) ? { method: named, path, body } : undefined;
}

/** Sends it to the service at `url` and gives the lines to show, errors of the network among them. */
export async function answerLines(
  { method, path, body }: TypedRequest,
  url: string,
  c: Colours,
  signal: AbortSignal,
): Promise<string[]> {
  const startedMs = performance.now();
  try {
    const response = await fetch(url.replace(/\/$/, "") + path, {
      method,
      redirect: "manual",
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      ...(body === "" || method === "GET" || method === "HEAD"
        ? {}
        : { body, headers: { "content-type": isJson(body) ? "application/json" : "text/plain" } }),
    });
    const bytes = await response.bytes();
    const took = durationText(performance.now() - startedMs);
    const type = response.headers.get("content-type") ?? "";
    const { status, statusText } = response;
    const paint = status < 300 ? c.green : status < 400 ? c.yellow : c.red;
    const head = `${paint(`${status} ${statusText}`.trim())}  ${
      c.dim([took, bytesText(bytes.length), type].filter((part) => part !== "").join(", "))
    }`;
    return [head, ...bodyLines(bytes, type)];
  } catch (error) {
    return [c.red(`no answer: ${error instanceof Error ? error.message : String(error)}`)];
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function bodyLines(bytes: Uint8Array, type: string): string[] {
  if (bytes.length === 0) return [];
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return ["(not text)"];
  }
  const shown = /json/.test(type) && isJson(text)
    ? JSON.stringify(JSON.parse(text), null, 2)
    : text.trimEnd();
  const cut = shown.length > SHOWN_MAX_LENGTH ? `${shown.slice(0, SHOWN_MAX_LENGTH)}\n…` : shown;
  return cut.split("\n").map(clean);
}
