/** One outbound request from its check to the last byte of its answer, over as many hops as it takes. */
import type { CancelSignal } from "../cancel.ts";
import { CapabilityError } from "../error.ts";
import type { CapabilityLimits } from "../limits.ts";
import { beginCall, type CallSpan } from "../trace.ts";
import { type AllowPattern, allowsTarget, authority, originOf, parseTarget, type Target } from "./allow.ts";
import type { AnswerHead } from "./answer_head.ts";
import { AnswerBody, type BodyOwner, decoded, sendStream } from "./body.ts";
import type { Connection } from "./connection.ts";
import type { Deadlines, Due } from "./deadlines.ts";
import { checkHeaders, declaredLength, type HeaderList, redirectHeaders, shownHeaders } from "./headers.ts";
import type { EgressRequest, EgressResponse } from "./http.ts";
import type { Pool } from "./pool.ts";
import { denied, egressError } from "./refusal.ts";
import { requestBytes } from "./request_head.ts";

/** What all requests of one service share. */
export interface ExchangeContext {
  readonly pool: Pool;
  /** The requests under way. */
  readonly running: Deadlines<Exchange>;
  readonly patterns: readonly AllowPattern[];
  readonly limits: CapabilityLimits;
  /** Whether a span is made of each request. */
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
export class Exchange implements BodyOwner, Due {
  readonly endsMs: number;
  readonly #context: ExchangeContext;
  readonly #signal: CancelSignal;
  readonly #timeoutMs: number;
  readonly #onAbort: () => void;
  #where = "";
  #connection: Connection | null = null;
  #keepMs: number | null = null;
  #bodyReader: ReadableStreamDefaultReader<Uint8Array> | null = null;
  #span: CallSpan | null = null;
  #error: CapabilityError | null = null;
  #reject: ((error: CapabilityError) => void) | null = null;
  #ended = false;

  /** @param signal not aborted yet */
  constructor(context: ExchangeContext, signal: CancelSignal, timeoutMs: number) {
    this.#context = context;
    this.#signal = signal;
    this.#timeoutMs = timeoutMs;
    this.endsMs = performance.now() + timeoutMs;
    this.#onAbort = () => this.fail(aborted());
    signal.addEventListener("abort", this.#onAbort, { once: true });
    context.running.add(this);
  }

  /** Sends the request and follows its redirects; resolves when the answer's head is there. */
  async run(first: Hop, redirects: "follow" | "manual"): Promise<EgressResponse> {
    try {
      let hop = first;
      for (let hops = 0;; hops++) {
        checkAllowed(hop.target, this.#context.patterns);
        const answer = await this.#send(hop);
        const location = REDIRECTS.has(answer.status) ? headerOf(answer, "location") : null;
        if (location === null || redirects === "manual") return await this.#answer(hop, answer);
        if (hops >= this.#context.limits.egressRedirectsMaxCount) {
          throw new CapabilityError("unreachable", `more than ${hops} redirects`);
        }
        hop = nextHop(hop, answer.status, location);
        this.#leave();
      }
    } catch (error) {
      const shown = this.errorFor(error);
      this.fail(shown);
      throw shown;
    }
  }

  timedOut(): void {
    this.fail(new CapabilityError("timeout", `the call took longer than ${this.#timeoutMs} ms`));
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#context.running.delete(this);
    this.#signal.removeEventListener("abort", this.#onAbort);
    this.#leave();
  }

  fail(error: CapabilityError): void {
    // Once the body is over its connection may already serve another request.
    if (this.#ended) return;
    this.#error ??= error;
    this.#reject?.(this.#error);
    this.#span?.end(null);
    this.#connection?.close();
    this.end();
  }

  errorFor(error: unknown): CapabilityError {
    return this.#error ?? egressError(error, this.#where);
  }

  received(bytes: number): void {
    this.#context.received(bytes);
  }

  /** Gives the connection back, which is kept when everything of this hop is over. */
  #leave(): void {
    const connection = this.#connection;
    this.#connection = null;
    // Whoever makes the body learns that nobody takes it any more.
    this.#bodyReader?.cancel().catch(() => {});
    this.#bodyReader = null;
    if (connection) this.#context.pool.release(connection, this.#keepMs);
  }

  async #send(hop: Hop): Promise<AnswerHead> {
    const where = this.#where = originOf(hop.target);
    for (let again = false;; again = true) {
      const connection = this.#context.pool.kept(where) ?? await this.#connect(hop.target);
      this.#connection = connection;
      if (this.#error) {
        connection.close();
        throw this.#error;
      }
      try {
        return await this.#ask(connection, hop);
      } catch (error) {
        connection.close();
        this.#span?.end(null);
        // The server had closed a kept connection; it saw nothing of this request.
        const stale = !again && connection.reused && !connection.answered && !this.#error &&
          STALE.test((error as { code?: string }).code ?? "");
        if (!stale || !IDEMPOTENT.has(hop.method) || hop.body instanceof ReadableStream) throw error;
      }
    }
  }

  /** A connection that comes about after its request has gone is kept for the next one. */
  #connect(target: Target): Promise<Connection> {
    const { pool } = this.#context;
    return new Promise((resolve, reject) => {
      this.#reject = reject;
      pool.make(target).then((made) => this.#ended ? pool.keep(made) : resolve(made), reject);
    });
  }

  /** Sends head and body; the answer's head may come before the body is all sent. */
  async #ask(connection: Connection, hop: Hop): Promise<AnswerHead> {
    const { limits, traced } = this.#context;
    const { target, method, headers, body } = hop;
    const span = this.#span = traced
      ? beginCall(method, this.#where + target.path, headerOf(hop, "traceparent"))
      : null;
    const traceparent = span?.traceparent ?? null;
    const length = body === null ? 0 : body instanceof Uint8Array ? body.byteLength : null;
    const head = { target, method, headers, length, traceparent };
    const sending = body instanceof ReadableStream
      ? this.#sendStream(connection, requestBytes(head, null), body, declaredLength(headers))
      : connection.send(requestBytes(head, body), true);
    if (length !== null) this.#context.sent(length);
    const answer = await connection.head(method, limits);
    // What fits into the system's own buffer is on its way: the connection need not seem busy with it.
    if (length !== null && length <= SENT_AT_ONCE_BYTES) await sending;
    span?.end(answer.status);
    this.#keepMs = answer.keepMs;
    return answer;
  }

  async #sendStream(
    connection: Connection,
    head: Uint8Array,
    body: ReadableStream<Uint8Array>,
    declared: number | undefined,
  ): Promise<void> {
    const reader = this.#bodyReader = body.getReader();
    const maxBytes = this.#context.limits.egressRequestMaxBytes;
    try {
      await connection.send(head, false);
      await sendStream(connection, reader, declared, maxBytes, (bytes) => this.#context.sent(bytes));
    } catch (error) {
      this.fail(this.errorFor(error));
    }
  }

  async #answer(hop: Hop, answer: AnswerHead): Promise<EgressResponse> {
    const connection = this.#connection;
    if (!connection) throw new Error("an answer without its connection");
    const asIs = answer.length === 0 ||
      hop.headers.some(([name]) => name === "accept-encoding" || name === "range");
    const encoding = asIs ? null : headerOf(answer, "content-encoding");
    const maxBytes = this.#context.limits.egressResponseMaxBytes;
    const decoder = encoding === null ? null : await decoded(connection, encoding, maxBytes);
    if (this.#error) throw this.#error;
    const declared = decoder || typeof answer.length === "string" ? null : answer.length;
    return new Answer(
      answer.status,
      shownHeaders(answer.headers, decoder !== null),
      this.#where + hop.target.path,
      new AnswerBody(decoder ?? connection, declared, maxBytes, this),
    );
  }
}

class Answer implements EgressResponse {
  readonly #body: AnswerBody;

  constructor(readonly status: number, readonly headers: HeaderList, readonly url: string, body: AnswerBody) {
    this.#body = body;
  }

  get body(): ReadableStream<Uint8Array> {
    return this.#body.stream;
  }

  bytes(): Promise<Uint8Array> {
    return this.#body.bytes();
  }
}

/** What a system's buffer for a connection holds at least. */
const SENT_AT_ONCE_BYTES = 4096;
const STALE = /^(ECONNRESET|EPIPE|ECONNABORTED)$/;

/** The first header of this name. */
function headerOf({ headers }: { readonly headers: HeaderList }, wanted: string): string | null {
  return headers.find(([name]) => name === wanted)?.[1] ?? null;
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
