/** One request in flight, on the host's side: from the frame that asks to the `Response`. */
import { BerthError } from "../error.ts";
import type { AnswerHead } from "./head.ts";
import type { GuestFailure } from "./protocol.ts";

/** What the ticket needs of its lane. */
export interface TicketLine {
  /** Puts the next pieces together, up to this sum. */
  gather(bytes: number): void;
  /** What was put together; until the next body is. */
  readonly gathered: Uint8Array<ArrayBuffer>;
  /** What an answer may have at most. */
  readonly bodyMaxBytes: number;
  /** The client took bytes of the answer. */
  credit(ticket: number, bytes: number): void;
  /** The client went away. */
  gone(ticket: number): void;
  /** The answer has begun, to a request that came then. */
  answered(startedMs: number): void;
  /** The answer to a request that failed. */
  problem(error: BerthError, requestNumber: number): Response;
}

/** A request in flight. */
export class Ticket {
  /** By `performance.now()`. */
  readonly startedMs: number = performance.now();
  readonly response: Promise<Response>;
  /** Set when it was looked at after a while: from then on the client's leaving is watched. */
  watched = false;
  /** See `requestMark`. */
  mark = 0;
  /** Whether the answer has been handed to the server. */
  answered = false;
  /** The pump of the request's body, when it streams. */
  onPull: ((bytes: number) => void) | null = null;

  #resolve!: (response: Response) => void;
  /** The head of an answer whose pieces are put together. */
  #collecting: AnswerHead | null = null;
  #stream: ReadableStreamDefaultController<Uint8Array> | null = null;
  #streamedBytes = 0;

  constructor(
    readonly number: number,
    readonly request: Request,
    /** Its path and query below the service's base path. */
    readonly url: string,
    readonly requestNumber: number,
    private readonly line: TicketLine,
  ) {
    this.response = new Promise((resolve) => this.#resolve = resolve);
  }

  /** Whether nobody waits for anything of it any more. */
  get settled(): boolean {
    return this.answered && this.#stream === null;
  }

  /** A whole answer, whose body lies in `[start, end)`. */
  whole(head: AnswerHead, from: Uint8Array<ArrayBuffer>, start: number, end: number): void {
    if (start === end) return this.#settle(head, null);
    // Without a content type the server would make one up for text.
    const text = head.typed && end - start <= TEXT_MAX_BYTES ? asciiOf(from, start, end) : null;
    this.#settle(head, text ?? from.subarray(start, end));
  }

  /** An answer whose pieces follow before anything else of the worker's. */
  collect(head: AnswerHead, bytes: number): void {
    this.#collecting = head;
    this.line.gather(bytes);
  }

  /** An answer that streams. */
  stream(head: AnswerHead): void {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#stream = controller;
      },
      cancel: () => {
        this.#stream = null;
        this.line.gone(this.number);
      },
      pull: () => this.#giveCredit(),
    }, { highWaterMark: 0 });
    this.#settle(head, body);
  }

  /** Credit is given for what has left the queue, when the client asks for more. */
  #queued = 0;
  #giveCredit(): void {
    if (this.#queued === 0) return;
    this.line.credit(this.number, this.#queued);
    this.#queued = 0;
  }

  /** A piece of the answer. */
  piece(bytes: Uint8Array, ended: boolean): void {
    if (this.#collecting) {
      if (ended && !this.answered) this.#settle(this.#collecting, this.line.gathered);
      return;
    }
    if (!this.#stream) return;
    // A worker counts what it sends, and holds it back until the client has taken it. One that does not is stopped here.
    this.#streamedBytes += bytes.length;
    if (this.#streamedBytes > this.line.bodyMaxBytes) throw new RangeError("an answer came that is too long");
    if (bytes.length > 0) {
      this.#stream.enqueue(bytes.slice());
      this.#queued += bytes.length;
    }
    if (ended) {
      this.#stream.close();
      this.#stream = null;
    }
  }

  #settle(
    head: AnswerHead,
    body: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | null,
  ): void {
    // Bytes are copied by this: the memory that they lie in is free again. A head that HTTP forbids throws; the request
    // is still to be answered then.
    const response = head.plainText && typeof body === "string"
      ? new Response(body) // which has the shortest way through the server
      : new Response(head.bodyless ? null : body, head.init);
    this.answered = true;
    this.line.answered(this.startedMs);
    this.#resolve(response);
  }

  /** The request failed. An answer that has begun is broken off: the client sees that it is not whole. */
  fail(error: BerthError): void {
    if (!this.answered) {
      this.answered = true;
      this.#stream = null; // of a head that was refused
      this.#resolve(this.line.problem(error, this.requestNumber));
    } else if (this.#stream) {
      // A client that has left sees nothing; any other sees that the answer is not whole.
      if (error.code === "client-gone") this.#stream.close();
      else this.#stream.error(error);
      this.#stream = null;
    }
  }
}

/** Up to this size a body of plain ASCII goes to the server as text, whose path there is the shorter one. */
const TEXT_MAX_BYTES = 128;

/** The text, or `null` when it is more than ASCII. */
function asciiOf(from: Uint8Array, start: number, end: number): string | null {
  let text = "";
  for (let i = start; i < end; i++) {
    const code = from[i] ?? 0;
    if (code >= 0x80) return null;
    text += String.fromCharCode(code);
  }
  return text;
}

/** What a guest's failure is to the caller; the operator's part goes to the log. */
export function failureError(failure: GuestFailure): BerthError {
  const internal = failure.stack || failure.message;
  const fail = (code: string, detail: string) =>
    new BerthError(code, detail, { reason: failure.code }, internal);
  switch (failure.code) {
    case "wall-limit":
      return fail("time-over", "the service did not answer within its time");
    case "cpu-limit":
      return fail("cpu-over", "the service used up the computing time of a request");
    case "body-too-large":
      return fail("body-too-large", "the request's body is larger than the service accepts");
    case "aborted":
      return fail("client-gone", "the client left before the answer");
    case "internal":
      return fail("internal", "the host could not carry out the request");
    case "no-answer":
    case "bad-answer":
    case "answer-too-large":
      return fail("service-answer", `the service gave no valid answer: ${failure.message}`);
    default:
      return fail("service-failed", "the service failed while it worked on the request");
  }
}
