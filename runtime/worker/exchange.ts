/** The worker's end of one request: what a convention sees as an `Exchange`, over the rings. */
import type { Exchange, RequestEvent } from "../../abi/abi.ts";
import { CgiAnswerError } from "../../abi/cgi/error.ts";
import { GuestExit } from "../../abi/exit.ts";
import { GuestFault } from "../../abi/memory.ts";
import { BodyTooLargeError } from "../../abi/body.ts";
import { NoAnswerError } from "../../abi/serverless/error.ts";
import { Cancellation, type CancelSignal } from "../../capabilities/cancel.ts";
import { CapabilityError } from "../../capabilities/error.ts";
import type { Limits } from "../limits.ts";
import type { Guest } from "./guest.ts";
import { answerHeadBytes, type HeaderList, writeAnswerHead } from "./head.ts";
import {
  COLLECT,
  ENDED,
  type FailureCode,
  markDepth,
  markEvent,
  PIECE_MAX_BYTES,
  requestIdOf,
  STREAM_WINDOW_BYTES,
  TO_HOST,
} from "./protocol.ts";
import { type RingWriter } from "./ring_writer.ts";

/** A request that cannot go on; its code reaches the host. */
export class ExchangeFailure extends Error {
  override readonly name = "ExchangeFailure";
  constructor(readonly code: FailureCode, message: string) {
    super(message);
  }
}

const NOTHING = new Uint8Array(0);
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
// deno-lint-ignore no-control-regex -- what RFC 9110 forbids in a field value, and what latin-1 cannot carry
const BAD_VALUE = /[\x00-\x08\x0a-\x1f\x7f]|[^\x00-\xff]/;
/** One request in the worker. */
export class RingExchange implements Exchange {
  head: Uint8Array;
  body: Uint8Array;
  answered = false;
  /** The flags that it came with. */
  mark = 0;
  /** The instance that serves it, once it has one. */
  guest: Guest | null = null;
  /** When its time is up, by `performance.now()`. */
  endsMs = Infinity;
  /** Whether the whole answer is out, or given up. */
  finished = false;

  #cancellation: Cancellation | null = null;
  #aborted: unknown = undefined;
  /** Whether the host has sent the last piece; pieces may still wait here for the guest. */
  #allCame: boolean;
  #bodyBytes: number;
  #pieces: Uint8Array[] = [];
  #readWaiter: ((piece: Uint8Array | null) => void) | null = null;
  #credit = STREAM_WINDOW_BYTES;
  #creditWaiter: ((open: boolean) => void) | null = null;
  #answerBytes = 0;

  constructor(
    readonly ticket: number,
    private readonly number: number,
    private readonly prefix: string,
    head: Uint8Array,
    body: Uint8Array,
    ended: boolean,
    private readonly answers: RingWriter,
    private readonly heads: AnswerHeads,
    private readonly limits: Limits,
  ) {
    this.head = head;
    this.body = body;
    this.#allCame = ended;
    this.#bodyBytes = body.length;
  }

  get id(): string {
    return requestIdOf(this.prefix, this.number);
  }

  get event(): RequestEvent | undefined {
    return markEvent(this.mark);
  }

  /** How deep in calls between services. */
  get depth(): number {
    return markDepth(this.mark);
  }

  /** The frame is given back to the ring: what the guest may still look at is copied. */
  own(): void {
    this.head = this.head.slice();
    this.body = this.body.slice();
  }

  get signal(): CancelSignal {
    if (!this.#cancellation) {
      this.#cancellation = new Cancellation();
      if (this.#aborted !== undefined) this.#cancellation.abort(this.#aborted);
    }
    return this.#cancellation;
  }

  /** Whether the client has gone or the time is up. */
  get cancelled(): boolean {
    return this.#aborted !== undefined;
  }

  /** Called when the host says that nobody waits for the answer any more. */
  cancel(reason: Error): void {
    if (this.#aborted !== undefined) return;
    this.#aborted = reason;
    this.#cancellation?.abort(reason);
    this.#creditWaiter?.(false);
    this.#readWaiter?.(null);
  }

  // The body

  /** Whether {@link body} and what was read are all of it. */
  get bodyEnded(): boolean {
    return this.#allCame && this.#pieces.length === 0;
  }

  /** A piece from the host. */
  receive(piece: Uint8Array, ended: boolean): void {
    this.#allCame ||= ended;
    this.#bodyBytes += piece.length;
    if (piece.length > 0) this.#pieces.push(piece.slice());
    const waiter = this.#readWaiter;
    if (waiter && (this.#pieces.length > 0 || ended)) {
      this.#readWaiter = null;
      waiter(this.#nextPiece());
    }
  }

  #nextPiece(): Uint8Array | null {
    const piece = this.#pieces.shift();
    if (piece && !this.#allCame) this.#tellU32(TO_HOST.PULL, piece.length);
    return piece ?? null;
  }

  read(): Promise<Uint8Array | null> {
    if (this.#bodyBytes > this.limits.requestBodyMaxBytes) {
      return Promise.reject(
        new ExchangeFailure("body-too-large", `the body is over ${this.limits.requestBodyMaxBytes} bytes`),
      );
    }
    if (this.#pieces.length > 0 || this.bodyEnded || this.cancelled) {
      return Promise.resolve(this.#nextPiece());
    }
    return new Promise((resolve) => this.#readWaiter = resolve);
  }

  // The answer

  respond(status: number, headers: HeaderList, body: Uint8Array): void {
    const whole = body.length <= PIECE_MAX_BYTES;
    this.#countAnswer(body.length);
    if (whole) return this.#begin(status, headers, body, ENDED);
    this.#begin(status, headers, u32(body.length), COLLECT);
    // The host puts a whole answer of known size together; the guest need not wait for the client. Its pieces follow
    // each other without a frame in between, as the host expects.
    const pieceBytes = this.answers.payloadMaxBytes;
    for (let at = 0; at < body.length; at += pieceBytes) {
      const last = at + pieceBytes >= body.length;
      this.#send(TO_HOST.PIECE, last ? ENDED : 0, body.subarray(at, at + pieceBytes));
    }
    this.finished = true;
  }

  start(status: number, headers: HeaderList): void {
    this.#begin(status, headers, NOTHING, 0);
  }

  #begin(status: number, headers: HeaderList, body: Uint8Array, flags: number): void {
    if (this.answered) throw new ExchangeFailure("bad-answer", "the answer was sent a second time");
    if (!Number.isInteger(status) || status < 200 || status > 599) {
      throw new ExchangeFailure("bad-answer", `the status ${status} is not one of 200 to 599`);
    }
    const head = this.heads.bytes(status, headers);
    const at = this.#reserve(head.length + body.length);
    const { data } = this.answers;
    data.set(head, at);
    data.set(body, at + head.length);
    this.answered = true;
    this.finished = flags === ENDED;
    this.answers.commit(TO_HOST.ANSWER, flags, this.ticket, head.length + body.length);
  }

  write(chunk: Uint8Array): Promise<boolean> | boolean {
    if (!this.answered || this.finished) {
      throw new ExchangeFailure("bad-answer", "a piece of an answer was sent outside of one");
    }
    if (this.cancelled) return false;
    this.#countAnswer(chunk.length);
    for (let at = 0; at < chunk.length; at += PIECE_MAX_BYTES) {
      this.#send(TO_HOST.PIECE, 0, chunk.subarray(at, at + PIECE_MAX_BYTES));
    }
    this.#credit -= chunk.length;
    if (this.#credit > 0) return true;
    return new Promise((resolve) => this.#creditWaiter = resolve);
  }

  end(): void {
    if (!this.answered || this.finished) return;
    this.finished = true;
    this.#send(TO_HOST.PIECE, ENDED, NOTHING);
  }

  /** The client took so many bytes. */
  grantCredit(bytes: number): void {
    this.#credit += bytes;
    if (this.#credit <= 0 || !this.#creditWaiter) return;
    const waiter = this.#creditWaiter;
    this.#creditWaiter = null;
    waiter(true);
  }

  #countAnswer(bytes: number): void {
    this.#answerBytes += bytes;
    if (this.#answerBytes <= this.limits.responseBodyMaxBytes) return;
    throw new ExchangeFailure(
      "answer-too-large",
      `the answer is over ${this.limits.responseBodyMaxBytes} bytes`,
    );
  }

  #reserve(bytes: number): number {
    // The host's thread always reads on and never waits for this one: blocking here ends.
    for (;;) {
      const at = this.answers.reserve(bytes);
      if (at >= 0) return at;
      this.answers.waitForRoom(100);
    }
  }

  #send(kind: number, flags: number, payload: Uint8Array): void {
    while (!this.answers.write(kind, flags, this.ticket, payload)) this.answers.waitForRoom(100);
  }

  #tellU32(kind: number, value: number): void {
    this.#send(kind, 0, u32(value));
  }
}

function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

/**
 * The heads of a worker's answers, checked, as bytes. Most answers of a service have the same head, and an ABI gives the
 * same list of headers then.
 */
export class AnswerHeads {
  #status = 0;
  #headers: HeaderList | null = null;
  #bytes: Uint8Array = NOTHING;

  constructor(private readonly limits: Limits) {}

  /** The head's bytes, valid until the next call. Throws {@link ExchangeFailure} for what HTTP or the limits forbid. */
  bytes(status: number, headers: HeaderList): Uint8Array {
    if (headers === this.#headers && status === this.#status) return this.#bytes;
    this.#check(headers);
    const bytes = new Uint8Array(answerHeadBytes(headers));
    if (bytes.length > this.limits.responseHeadersMaxBytes) {
      throw badAnswer(`the headers of the answer are over ${this.limits.responseHeadersMaxBytes} bytes`);
    }
    writeAnswerHead(bytes, 0, status, headers);
    this.#status = status;
    this.#headers = headers;
    return this.#bytes = bytes;
  }

  #check(headers: HeaderList): void {
    const { responseHeadersMaxCount } = this.limits;
    if (headers.length > responseHeadersMaxCount) {
      throw badAnswer(`the answer has more than ${responseHeadersMaxCount} headers`);
    }
    for (const [name, value] of headers) {
      if (!NAME.test(name) || BAD_VALUE.test(value)) {
        throw badAnswer(`the header ${JSON.stringify(name)} has a name or value HTTP forbids`);
      }
    }
  }
}

const badAnswer = (message: string) => new ExchangeFailure("bad-answer", message);

/** What a failure of any kind means to the host. */
export function failureCode(error: unknown): FailureCode {
  if (error instanceof ExchangeFailure) return error.code;
  if (error instanceof WebAssembly.RuntimeError || error instanceof GuestFault) return "trap";
  if (error instanceof GuestExit) return "exit";
  if (error instanceof CgiAnswerError) return "bad-answer";
  if (error instanceof NoAnswerError) return "no-answer";
  if (error instanceof BodyTooLargeError) return "body-too-large";
  // V8 throws RangeError for a stack that overflowed inside the guest.
  if (error instanceof RangeError && /call stack/i.test(error.message)) return "trap";
  if (error instanceof CapabilityError && error.code === "aborted") return "aborted";
  return "internal";
}
