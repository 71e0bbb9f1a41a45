/** One outbound request from its check to the last byte of its answer, over as many hops as it takes. */
import type { ClientRequest, IncomingMessage } from "node:http";
import { CapabilityError } from "../error.ts";
import { inTrace } from "../trace.ts";
import type { CapabilityLimits } from "../limits.ts";
import { type AllowPattern, allowsTarget, authority, originOf, parseTarget, type Target } from "./allow.ts";
import { AnswerBody, type BodyOwner, decoded, sendStream } from "./body.ts";
import type { Connections, NodeModules } from "./connect.ts";
import { checkHeaders, declaredLength, fromRawHeaders, redirectHeaders, toNodeHeaders } from "./headers.ts";
import type { EgressRequest, EgressResponse } from "./http.ts";
import { denied, egressError } from "./refusal.ts";

/** What all requests of one service share. */
export interface ExchangeContext {
  readonly node: NodeModules;
  readonly connections: Connections;
  readonly patterns: readonly AllowPattern[];
  readonly limits: CapabilityLimits;
  /** Whether Deno makes a span of each request. */
  readonly traced: boolean;
  sent(bytes: number): void;
  received(bytes: number): void;
}

/** One hop: what is sent where. */
export interface Hop {
  readonly target: Target;
  readonly method: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array | ReadableStream<Uint8Array> | null;
}

const METHOD = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,32}$/;
const FORBIDDEN_METHODS = new Set(["CONNECT", "TRACE", "TRACK"]);
/** Sent again when a kept connection turns out to be closed. RFC 9110 9.2.2 */
const IDEMPOTENT = new Set(["GET", "HEAD", "OPTIONS", "PUT", "DELETE"]);
/** Answers that lead elsewhere when they name a place. */
export const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** The first hop of a request, everything in it checked. Throws `CapabilityError`. */
export function firstHop(request: EgressRequest, limits: CapabilityLimits): Hop {
  const method = request.method.toUpperCase();
  if (!METHOD.test(method)) throw new CapabilityError("invalid", "the method is malformed");
  if (FORBIDDEN_METHODS.has(method)) {
    throw new CapabilityError("invalid", `the method ${method} is not allowed`);
  }
  if (request.url.length > limits.egressUrlMaxBytes) {
    throw new CapabilityError("too-large", `a URL has at most ${limits.egressUrlMaxBytes} bytes`);
  }
  const target = parseTarget(request.url);
  const headers = checkHeaders(request.headers, authority(target), limits);
  const { body } = request;
  if (body instanceof Uint8Array && body.byteLength > limits.egressRequestMaxBytes) {
    throw new CapabilityError(
      "too-large",
      `the request is longer than ${limits.egressRequestMaxBytes} bytes`,
    );
  }
  const declared = declaredLength(headers);
  if (declared !== undefined && declared > limits.egressRequestMaxBytes) {
    throw new CapabilityError(
      "too-large",
      `the request is longer than ${limits.egressRequestMaxBytes} bytes`,
    );
  }
  const known = body === null ? 0 : body instanceof Uint8Array ? body.byteLength : declared;
  if (declared !== undefined && declared !== known) {
    throw new CapabilityError("invalid", "the header content-length differs from the body; leave it out");
  }
  return { target, method, headers, body };
}

/** Refuses a hop that the list does not allow. */
export function checkAllowed(target: Target, patterns: readonly AllowPattern[]): void {
  if (!allowsTarget(patterns, target)) throw denied(`a call to ${originOf(target)}`, originOf(target));
}

/** The request that the call belonged to is over. */
export function aborted(): CapabilityError {
  return new CapabilityError("aborted", "the request that called was over");
}

/** A request under way. Its deadline and its signal hold until the body is over. */
export class Exchange implements BodyOwner {
  readonly #context: ExchangeContext;
  readonly #signal: AbortSignal;
  readonly #timer: ReturnType<typeof setTimeout>;
  readonly #onAbort: () => void;
  readonly #onEnd: () => void;
  #where = "";
  #request: ClientRequest | null = null;
  #error: CapabilityError | null = null;
  #reject: ((error: CapabilityError) => void) | null = null;
  #ended = false;

  /**
   * @param signal not aborted yet
   * @param onEnd called once, when nothing of it is left
   */
  constructor(context: ExchangeContext, signal: AbortSignal, timeoutMs: number, onEnd: () => void) {
    this.#context = context;
    this.#signal = signal;
    this.#onEnd = onEnd;
    this.#onAbort = () => this.fail(aborted());
    this.#timer = setTimeout(
      () => this.fail(new CapabilityError("timeout", `the call took longer than ${timeoutMs} ms`)),
      timeoutMs,
    );
    signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** Sends the request and follows its redirects; resolves when the answer's head is there. */
  async run(first: Hop, redirects: "follow" | "manual"): Promise<EgressResponse> {
    try {
      let hop = first;
      for (let hops = 0;; hops++) {
        checkAllowed(hop.target, this.#context.patterns);
        const answer = await this.#send(hop);
        const location = REDIRECTS.has(answer.statusCode ?? 0) ? answer.headers.location : undefined;
        if (location === undefined || redirects === "manual") return await this.#answer(hop, answer);
        if (hops >= this.#context.limits.egressRedirectsMaxCount) {
          throw new CapabilityError("unreachable", `more than ${hops} redirects`);
        }
        const next = nextHop(hop, answer.statusCode ?? 0, location);
        this.#discard(answer);
        hop = next;
      }
    } catch (error) {
      const shown = this.errorFor(error);
      this.fail(shown);
      throw shown;
    }
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#signal.removeEventListener("abort", this.#onAbort);
    // The answer was complete before the request: nobody is left to read the rest of it.
    if (this.#request?.writableEnded === false) this.#request.destroy();
    this.#onEnd();
  }

  fail(error: CapabilityError): void {
    // Once the body is over its connection may already serve another request.
    if (this.#ended) return;
    this.#error ??= error;
    this.#reject?.(this.#error);
    this.#request?.destroy(this.#error);
    this.end();
  }

  errorFor(error: unknown): CapabilityError {
    return this.#error ?? egressError(error, this.#where);
  }

  received(bytes: number): void {
    this.#context.received(bytes);
  }

  async #send(hop: Hop): Promise<IncomingMessage> {
    this.#where = originOf(hop.target);
    for (let again = false;; again = true) {
      if (this.#error) throw this.#error;
      const request = this.#open(hop);
      try {
        return await this.#head(request, hop);
      } catch (error) {
        request.destroy();
        // The server had closed a kept connection; it saw nothing of this request.
        const stale = !again && request.reusedSocket && !this.#error &&
          /^(ECONNRESET|EPIPE)$/.test((error as { code?: string }).code ?? "");
        if (!stale || !IDEMPOTENT.has(hop.method) || hop.body instanceof ReadableStream) throw error;
      }
    }
  }

  #open(hop: Hop): ClientRequest {
    const { node, connections, limits } = this.#context;
    const request = node.http.request({
      ...connections.requestOptions(hop.target),
      method: hop.method,
      headers: toNodeHeaders(completeHeaders(hop)),
      maxHeaderSize: limits.egressHeadersMaxBytes,
      insecureHTTPParser: false,
      setHost: false,
    });
    this.#request = request;
    return request;
  }

  /** Sends head and body; the answer's head may come before the body is all sent. */
  #head(request: ClientRequest, hop: Hop): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      this.#reject = reject;
      request.once("response", (answer) => {
        // The body listens when it is made; until then an error must not be uncaught.
        answer.on("error", () => {});
        resolve(answer);
      });
      request.on("error", reject);
      request.once("close", () => reject({ code: "ECONNRESET" }));
      request.once("upgrade", (_answer, socket) => {
        socket.destroy();
        reject(new CapabilityError("unreachable", `${this.#where} answered with another protocol`));
      });
      // Deno's client takes the present span when the request is sent, not when it is made.
      if (this.#context.traced) inTrace(headerOf(hop, "traceparent"), () => this.#sendBody(request, hop));
      else this.#sendBody(request, hop);
    });
  }

  #sendBody(request: ClientRequest, hop: Hop): void {
    const { body } = hop;
    if (!(body instanceof ReadableStream)) {
      this.#context.sent(body?.byteLength ?? 0);
      request.end(body ?? undefined);
      return;
    }
    const { limits } = this.#context;
    const sent = (bytes: number) => this.#context.sent(bytes);
    sendStream(request, body, declaredLength(hop.headers), limits.egressRequestMaxBytes, sent)
      .catch((error) => this.fail(this.errorFor(error)));
  }

  async #answer(hop: Hop, answer: IncomingMessage): Promise<EgressResponse> {
    const { limits } = this.#context;
    const bodiless = hop.method === "HEAD" || answer.statusCode === 204 || answer.statusCode === 304;
    const asIs = bodiless || hop.headers.some(([name]) => name === "accept-encoding" || name === "range");
    const decoder = asIs ? null : await decoded(answer);
    const length = Number(answer.headers["content-length"] ?? NaN);
    const declared = bodiless ? 0 : decoder || Number.isNaN(length) ? null : length;
    const body = new AnswerBody(decoder ?? answer, declared, limits.egressResponseMaxBytes, this);
    return {
      status: answer.statusCode ?? 0,
      headers: fromRawHeaders(answer.rawHeaders, decoder !== null),
      url: originOf(hop.target) + hop.target.path,
      get body() {
        return body.stream;
      },
      bytes: () => body.bytes(),
    };
  }

  /** Lets a redirect's body go by when it is short, so that its connection can be kept. */
  #discard(answer: IncomingMessage): void {
    if (Number(answer.headers["content-length"] ?? NaN) <= 4096) answer.resume();
    else answer.destroy();
  }
}

function headerOf({ headers }: Hop, wanted: string): string | null {
  return headers.find(([name]) => name === wanted)?.[1] ?? null;
}

/** The headers as they are sent. */
function completeHeaders(hop: Hop): [string, string][] {
  const { target, method, body } = hop;
  const has = (name: string) => hop.headers.some(([there]) => there === name);
  const headers: [string, string][] = [
    ["host", authority(target)],
    ...hop.headers.map(([n, v]): [string, string] => [n, v]),
  ];
  if (!has("accept")) headers.push(["accept", "*/*"]);
  if (!has("accept-encoding")) headers.push(["accept-encoding", has("range") ? "identity" : "gzip, br"]);
  if (!has("user-agent")) headers.push(["user-agent", "berth"]);
  const length = body instanceof Uint8Array ? body.byteLength : body === null ? 0 : null;
  const needsLength = length !== null && (length > 0 || /^(POST|PUT|PATCH)$/.test(method));
  if (needsLength && !has("content-length")) headers.push(["content-length", `${length}`]);
  return headers;
}

/** Where a redirect leads, and what is sent there. https://fetch.spec.whatwg.org/#http-redirect-fetch */
export function nextHop(hop: Hop, status: number, location: string): Hop {
  // `location` is Latin-1 from the wire; whatever the URL parser makes of it is checked like any other URL.
  const url = URL.parse(location, originOf(hop.target) + hop.target.path);
  if (!url) throw new CapabilityError("unreachable", "a redirect leads to a malformed URL");
  if (url.username !== "" || url.password !== "") {
    throw new CapabilityError("unreachable", "a redirect leads to a URL with a user name or password");
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw denied(`a redirect to ${url.protocol}`, "https://…");
  }
  url.hash = "";
  const target = parseTarget(url.href);
  const toGet = status === 303
    ? hop.method !== "GET" && hop.method !== "HEAD"
    : status <= 302 && hop.method === "POST";
  if (!toGet && hop.body instanceof ReadableStream) {
    throw new CapabilityError("unreachable", "a redirect asks for the body again, and it was a stream");
  }
  const sameOrigin = originOf(target) === originOf(hop.target);
  const headers = redirectHeaders(hop.headers, sameOrigin, !toGet);
  return { target, method: toGet ? "GET" : hop.method, headers, body: toGet ? null : hop.body };
}
