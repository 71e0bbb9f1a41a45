/** All state of one request in a guest; gone with it, so that nothing of it reaches the next. */
import type { Exchange, GuestContext } from "../abi.ts";
import type { FilesSession } from "../../capabilities/files/files.ts";
import { Cancellation, type CancelSignal } from "../../capabilities/cancel.ts";
import { CapabilityError } from "../../capabilities/error.ts";
import type { Pieces } from "./buffers.ts";
import { MessageError } from "./error.ts";
import type { FormSource } from "./form/source.ts";
import type { BodySource } from "./body.ts";
import type { HeaderPair } from "./table/record.ts";

const NOTHING = new Uint8Array(0);

/** How far the answer is. */
export type AnswerState = "none" | "started" | "sent";

/** An answer or callback that waits until the guest can be entered. */
export interface Delivery {
  readonly session: number;
  readonly pieces: Pieces;
  /** Gets the guest's return value. */
  readonly returned: (value: number) => void;
}

/** A streamed answer of an outbound request, read piece by piece. */
export interface OpenStream {
  readonly reader: ReadableStreamDefaultReader<Uint8Array>;
  /** What was read and not yet asked for. */
  rest: Uint8Array;
}

/** One request, or (`exchange` null) the guest's start. */
export class Turn {
  #answer: AnswerState = "none";
  #cancellation: Cancellation | null = null;
  /** What the request's own signal calls. */
  #listener: (() => void) | null = null;
  #wake: (() => void) | null = null;
  /** Calls whose answer is not there yet. */
  pending = 0;
  /** Answers that wait for the guest to return. */
  readonly queue: Delivery[] = [];
  /** Why there may be no answer: the last failure that the guest could not be told of. */
  why = "";
  /** What is left of the request's body; `null` at start-up. */
  body: BodySource | null = null;
  /** The form under way, once the guest has asked for it. */
  form: FormSource | null = null;
  #streams: Map<number, OpenStream> | null = null;
  #streamNext = 1;
  closed = false;
  /** A fault of ours, or a trap, in something asynchronous: it ends the request. */
  failure: { readonly error: unknown } | undefined;
  /** Whether its answers wait anyway; to other guests what can be answered at once is answered inside the call. */
  mayWait = false;
  /** The request's head; a view until the body is kept. */
  head: Uint8Array = NOTHING;

  /** @param files the instance's; `undefined` when they are not granted */
  constructor(
    readonly context: GuestContext,
    readonly exchange: Exchange | null,
    readonly files: FilesSession | undefined,
  ) {}

  /** How far the answer is. */
  get answer(): AnswerState {
    return this.#answer;
  }

  /** Whether nothing more is to be done for the client. */
  get settled(): boolean {
    return this.#answer === "sent";
  }

  /** The exchange; start-up has none, which the table's `needsRequest` rules out. */
  get request(): Exchange {
    if (!this.exchange) throw new MessageError("invalid", "there is no request under way");
    return this.exchange;
  }

  /** Aborts with the request; also when the request ends first. */
  get signal(): CancelSignal {
    if (!this.#cancellation) {
      this.#cancellation = new Cancellation();
      const outer = this.exchange?.signal;
      if (outer?.aborted || this.closed) this.#cancellation.abort();
      else outer?.addEventListener("abort", this.#listener = () => this.#cancel(), { once: true });
    }
    return this.#cancellation;
  }

  #cancel(): void {
    if (this.#listener) this.exchange?.signal.removeEventListener("abort", this.#listener);
    this.#listener = null;
    this.#cancellation?.abort();
    this.#wake?.();
  }

  /** Sends the whole answer. `body` may be a view of guest memory. */
  send(status: number, headers: readonly HeaderPair[], body: Uint8Array): void {
    const exchange = this.request;
    this.#begin("sent");
    exchange.respond(status, headers, body);
  }

  /** Begins a streamed answer. */
  start(status: number, headers: readonly HeaderPair[]): void {
    const exchange = this.request;
    this.#begin("started");
    exchange.start(status, headers);
  }

  #begin(next: AnswerState): void {
    if (this.#answer !== "none") throw new CapabilityError("closed", "an answer was begun already");
    this.#answer = next;
    if (next === "sent") this.#wake?.();
  }

  /** Sends a piece of a streamed answer; whether the client is still there. */
  write(chunk: Uint8Array): boolean | Promise<boolean> {
    if (this.#answer !== "started") throw new CapabilityError("closed", "no streamed answer is under way");
    return this.request.write(chunk);
  }

  /** Ends a streamed answer. */
  end(): void {
    if (this.#answer !== "started") throw new CapabilityError("closed", "no streamed answer is under way");
    this.#answer = "sent";
    this.request.end();
    this.#wake?.();
  }

  /** Streamed answers by number; most requests have none. */
  get streams(): Map<number, OpenStream> {
    return this.#streams ??= new Map();
  }

  /** Keeps a stream for later reads. */
  addStream(stream: OpenStream): number {
    const number = this.#streamNext++;
    this.streams.set(number, stream);
    return number;
  }

  /** Queues a delivery and wakes whoever waits. */
  deliver(delivery: Delivery): void {
    this.queue.push(delivery);
    this.#wake?.();
  }

  /** Says that a call has ended, however. */
  settleOne(): void {
    this.pending--;
    this.#wake?.();
  }

  /** Resolves at the next change: a delivery, the end of a call, the answer, or the abort. */
  async changed(): Promise<void> {
    if (this.signal.aborted) return;
    await new Promise<void>((resolve) => this.#wake = resolve);
    this.#wake = null;
  }

  /** Ends everything that is still under way for this request. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.queue.length = 0;
    this.#cancel();
    for (const { reader } of this.#streams?.values() ?? []) reader.cancel().catch(() => {});
    this.#streams = null;
    this.form?.close();
  }
}

/** A promise that is given up when the signal aborts: the guest is told `aborted`. */
export function unlessAborted<T>(promise: Promise<T>, signal: CancelSignal): Promise<T> {
  const gone = () => new CapabilityError("aborted", "the client has left or the request's time is up");
  if (signal.aborted) {
    promise.catch(() => {});
    return Promise.reject(gone());
  }
  return new Promise((resolve, reject) => {
    const abort = () => reject(gone());
    signal.addEventListener("abort", abort, { once: true });
    promise.then(
      (value) => {
        signal.removeEventListener("abort", abort);
        resolve(value);
      },
      (error) => {
        signal.removeEventListener("abort", abort);
        reject(error);
      },
    );
  });
}
