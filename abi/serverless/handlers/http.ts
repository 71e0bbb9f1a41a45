/** `httpclient.fetch` and `http.*`: outbound requests. */
import { CapabilityError } from "../../../capabilities/error.ts";
import type { EgressRequest, EgressResponse, Http } from "../../../capabilities/http/http.ts";
import { callbackResult, headerText, joinHeaders, notGranted } from "../answer.ts";
import type { HeaderPair } from "../table/record.ts";
import { type Turn, unlessAborted } from "../turn.ts";
import type { Handlers } from "./handler.ts";
import { traced } from "./trace.ts";

const NOTHING = new Uint8Array(0);

function httpOf(turn: Turn): Http {
  const http = turn.context.capabilities.http;
  if (!http) throw notGranted("http"); // dispatch has looked; this is for the type
  return http;
}

/** A mimik answer with a status of 400 or more; `dispatch` makes it `oncallback.error_with_data`. */
export class HttpStatusError extends Error {
  override readonly name = "HttpStatusError";
  constructor(readonly result: { readonly status: number }) {
    super(`the other side answered with status ${result.status}`);
  }
}

function request(
  turn: Turn,
  url: string,
  method: string,
  headers: readonly HeaderPair[],
  body: Uint8Array,
  timeoutMs = 0,
): EgressRequest {
  return {
    url,
    method: method === "" ? "GET" : method.toUpperCase(),
    headers: traced(turn, headers),
    // The guest goes on while the request is under way: the body needs its own copy.
    body: body.length === 0 ? null : body.slice(),
    signal: turn.signal,
    ...(timeoutMs === 0 ? {} : { timeoutMs }),
  };
}

/** The handlers. */
export const HTTP_HANDLERS: Handlers<"httpclient.fetch" | "http.fetch" | "http.read" | "http.close"> = {
  "httpclient.fetch"(turn, { url, method, headers, data }) {
    return mimikFetch(httpOf(turn), request(turn, url, method, headers, data));
  },
  "http.fetch"(turn, { url, method, headers, body, timeoutMs, redirects, stream }) {
    const manual = redirects === "manual" ? { redirects } as const : {};
    return fetchNow(turn, { ...request(turn, url, method, headers, body, timeoutMs), ...manual }, stream);
  },
  "http.read"(turn, { stream, max }) {
    return readStream(turn, stream, max);
  },
  "http.close"(turn, { stream }) {
    const open = openStream(turn, stream);
    turn.streams.delete(stream);
    open.reader.cancel().catch(() => {});
    return {};
  },
};

async function mimikFetch(http: Http, outbound: EgressRequest) {
  const response = await http.fetch(outbound);
  const body = await response.bytes();
  const result = callbackResult(response.status, joinHeaders(response.headers), body);
  if (response.status >= 400) throw new HttpStatusError(result);
  return result;
}

/** Headers as the guest gets them. */
export function headerList(headers: EgressResponse["headers"]): unknown[] {
  return headers.map(([name, value]) => [name, headerText(value)]);
}

async function fetchNow(turn: Turn, outbound: EgressRequest, stream: boolean) {
  const response = await httpOf(turn).fetch(outbound);
  const headers = headerList(response.headers);
  if (!stream) return { status: response.status, headers, body: await response.bytes(), stream: 0 };
  const reader = response.body.getReader();
  if (turn.closed) {
    reader.cancel().catch(() => {});
    throw new CapabilityError("aborted", "the request has ended");
  }
  return {
    status: response.status,
    headers,
    body: NOTHING,
    stream: turn.addStream({ reader, rest: NOTHING }),
  };
}

function openStream(turn: Turn, number: number) {
  const open = turn.streams.get(number);
  if (!open) throw new CapabilityError("closed", `stream ${number} is unknown or has ended`);
  return open;
}

async function readStream(turn: Turn, number: number, max: number) {
  const open = openStream(turn, number);
  while (open.rest.length === 0) {
    const { done, value } = await unlessAborted(open.reader.read(), turn.signal);
    if (done) {
      turn.streams.delete(number);
      return { data: NOTHING, ended: true };
    }
    open.rest = value;
  }
  const data = open.rest.subarray(0, max);
  open.rest = open.rest.subarray(data.length);
  return { data, ended: false };
}
