/** One worker as the host sees it: started, given requests, watched, stopped. Never waited for by blocking. */
import type { PermissionPlan } from "../../capabilities/capability.ts";
import { BerthError } from "../error.ts";
import { WorkerCalls } from "./calls.ts";
import { AnswerHeadReader, HeadTooLarge } from "./head.ts";
import { Outbox } from "./outbox.ts";
import { workerPermissions } from "./permissions.ts";
import {
  type Boot,
  COLLECT,
  type Control,
  ENDED,
  type GuestFailure,
  REQUEST_RING_BYTES,
  requestIdOf,
  RING_BYTES,
  TO_HOST,
  TO_WORKER,
  type WorkerState,
} from "./protocol.ts";
import { BodyPump, bodyTooLarge } from "./pump.ts";
import type { Egress, LaneBoot, LaneEvents } from "./lane_events.ts";
import { createRing, type Frame } from "./ring.ts";
import { RingReader } from "./ring_reader.ts";
import { Slots } from "./slots.ts";
import { failureError, Ticket, type TicketLine } from "./ticket.ts";
import { Watch, WATCH_EVERY_MS, type Watched } from "./watch.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A running worker. */
export class Lane implements TicketLine, Watched {
  readonly #worker: Worker;
  readonly #outbox: Outbox;
  readonly #answers: RingReader;
  readonly #watch: Watch;
  readonly #calls: WorkerCalls;
  readonly #heads = new AnswerHeadReader();
  readonly #open = new Slots<Ticket>();
  readonly #started = Promise.withResolvers<WorkerState & { kind: "ready" }>();
  readonly #stopped = Promise.withResolvers<void>();
  /** When frames were looked for, to a few requests; the clock costs as much as reading an answer. */
  #nowMs = 0;
  #ended = false;
  #stopping = false;

  constructor(
    private readonly boot: LaneBoot,
    plan: PermissionPlan,
    private readonly events: LaneEvents,
  ) {
    const requests = createRing(REQUEST_RING_BYTES), answers = createRing(RING_BYTES);
    this.#outbox = new Outbox(requests, ({ number }, error) => this.#unwritable(number, error));
    this.#answers = new RingReader(answers, () => this.#outbox.ring());
    this.#watch = new Watch(this, boot.limits);
    this.#calls = new WorkerCalls((...frame) => this.#write(...frame), boot.limits, events);
    this.#worker = new Worker(new URL("./entry.ts", import.meta.url), {
      type: "module",
      name: boot.facts.id,
      deno: { permissions: workerPermissions(plan) },
    });
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#end(new BerthError("internal", "the service's worker failed", {}, event.message));
    };
    this.#worker.postMessage({ ...boot, requests, answers, interrupt: this.#watch.word } satisfies Boot);
    this.#listen();
  }

  /** Resolves when the first instance has started; rejects when it cannot. */
  get started(): Promise<WorkerState & { kind: "ready" }> {
    return this.#started.promise;
  }

  /** Requests in the worker now. */
  get open(): number {
    return this.#open.size;
  }

  /** Whether it takes requests. */
  get alive(): boolean {
    return !this.#ended && !this.#stopping;
  }

  #says(result: WorkerState): void {
    this.#watch.started();
    if (result.kind === "ready") return this.#started.resolve(result);
    if (result.kind === "stopped") return this.#end(null);
    const { message, stack } = result.failure;
    this.#end(new BerthError("start-failed", `the start of the service failed: ${message}`, {}, stack));
  }

  // Requests

  /**
   * Sends a request on its way; always gives an answer.
   * @param url its path and query below the service's base path
   * @param number of the request, unique on this host; its id is made of it
   * @param mark see `requestMark`
   */
  send(request: Request, url: string, number: number, mark = 0): Promise<Response> {
    const ticket = new Ticket(this.#open.next(), request, url, number, this);
    ticket.mark = mark;
    if (this.#open.size === 0) this.#watch.begins(ticket.startedMs);
    this.#open.set(ticket.number, ticket);
    const { method } = request;
    const bodyless = method === "GET" || method === "HEAD" || request.body === null;
    const length = bodyless ? 0 : Number(request.headers.get("content-length") ?? NaN);
    if (length > this.boot.limits.requestBodyMaxBytes) {
      this.#refuse(ticket, bodyTooLarge(this.boot.limits.requestBodyMaxBytes));
    } else if (length === 0) this.#ask(ticket, EMPTY, ENDED);
    else if (length <= SMALL_BODY_BYTES) this.#sendSmall(ticket);
    else this.#sendStream(ticket);
    return ticket.response;
  }

  /** See {@link LaneEvents.answered}. */
  answered(startedMs: number): void {
    this.events.answered(Math.max(0, this.#nowMs - startedMs));
  }

  /** One body is put together at a time: see `COLLECT`. */
  gather(bytes: number): void {
    if (bytes > this.bodyMaxBytes) {
      throw new RangeError(
        `an answer of ${bytes} bytes was announced; at most ${this.bodyMaxBytes} are allowed`,
      );
    }
    this.#answers.gather(TO_HOST.PIECE, bytes);
  }

  /** See `TicketLine`. */
  get bodyMaxBytes(): number {
    return this.boot.limits.responseBodyMaxBytes;
  }

  /** See `COLLECT`. */
  get gathered(): Uint8Array<ArrayBuffer> {
    return this.#answers.gathered;
  }

  /** See {@link LaneEvents.problem}. */
  problem(error: BerthError, number: number): Response {
    return this.events.problem(error, requestIdOf(this.boot.requestPrefix, number));
  }

  #sendSmall(ticket: Ticket): void {
    ticket.request.bytes().then(
      (body) => this.#ask(ticket, body, ENDED),
      () => this.#refuse(ticket, new BerthError("client-gone", "the client left while it sent the body")),
    );
  }

  #sendStream(ticket: Ticket): void {
    this.#ask(ticket, EMPTY, 0);
    if (!ticket.request.body) return;
    const pump = new BodyPump(ticket.request.body, this.boot.limits.requestBodyMaxBytes, {
      piece: (bytes, ended) => this.#write(TO_WORKER.BODY, ended ? ENDED : 0, ticket.number, bytes),
      tooLarge: () => this.#giveUp(ticket, bodyTooLarge(this.boot.limits.requestBodyMaxBytes)),
      broken: () => this.gone(ticket.number),
    });
    ticket.onPull = (bytes) => pump.pull(bytes);
    pump.run();
  }

  #giveUp(ticket: Ticket, error: BerthError): void {
    ticket.fail(error);
    this.#write(TO_WORKER.CANCEL, 0, ticket.number, EMPTY);
  }

  /** Refused before the worker heard of it. */
  #refuse(ticket: Ticket, error: BerthError): void {
    ticket.fail(error);
    this.#over(ticket);
  }

  #ask(ticket: Ticket, body: Uint8Array, flags: number): void {
    if (!this.#ended) this.#outbox.request(ticket, body, flags | ticket.mark);
  }

  /** A request that can never be written. */
  #unwritable(number: number, error: unknown): void {
    const ticket = this.#open.get(number);
    if (!(error instanceof HeadTooLarge) || !ticket) throw error;
    const detail = "the URL and headers do not fit into one message";
    this.#refuse(ticket, new BerthError("head-too-large", detail));
  }

  #write(kind: number, flags: number, id: number, payload: Uint8Array): void {
    if (!this.#ended) this.#outbox.write(kind, flags, id, payload);
  }

  credit(ticket: number, bytes: number): void {
    const payload = new Uint8Array(4);
    new DataView(payload.buffer).setUint32(0, bytes, true);
    this.#write(TO_WORKER.CREDIT, 0, ticket, payload);
  }

  gone(ticket: number): void {
    const open = this.#open.get(ticket);
    if (!open) return;
    open.fail(new BerthError("client-gone", "the client left before the answer"));
    this.#write(TO_WORKER.CANCEL, 0, ticket, EMPTY);
  }

  // Answers

  async #listen(): Promise<void> {
    let work = 0;
    try {
      while (!this.#ended) {
        this.#answers.listen();
        const frames = this.#takeFrames();
        if (frames > 0) this.#watch.heard(this.#nowMs);
        this.#outbox.flush();
        // Its other work has its turn, however much comes, and whatever the worker does with their bell.
        work += 1 + frames;
        const wait = work < WORK_MAX_COUNT ? this.#answers.waitAsync() : turn();
        if (!wait) continue;
        await wait;
        work = 0;
      }
    } catch (error) {
      // Nothing that our code writes: the worker is not itself any more, and is replaced.
      this.events.fault(error);
      const detail = "the service's worker sent what cannot be read";
      this.#end(new BerthError("internal", detail, {}, String(error)));
    }
  }

  #takeFrames(): number {
    let frames = 0;
    for (let frame = this.#answers.next(); frame; frame = this.#answers.next()) {
      if (frames % FRAMES_A_LOOK === 0) this.#nowMs = performance.now();
      this.#take(frame);
      if (++frames === WORK_MAX_COUNT) break;
    }
    return frames;
  }

  #take(frame: Frame): void {
    const { kind, id, view, start } = frame;
    switch (kind) {
      case TO_HOST.ANSWER:
        return this.#answer(frame);
      case TO_HOST.PIECE:
        return this.#piece(frame);
      case TO_HOST.PULL:
        return this.#open.get(id)?.onPull?.(view.getUint32(start, true));
      case TO_HOST.FAILED:
        return this.#failed(id, jsonOf(frame));
      case TO_HOST.LOG:
        return this.events.log(jsonOf(frame));
      case TO_HOST.STATE:
        return this.#says(jsonOf(frame));
      case TO_HOST.DENIED:
        return this.events.denied(jsonOf(frame));
      default:
        return this.#calls.take(frame);
    }
  }

  #answer({ id, flags, data, view, start, end }: Frame): void {
    const ticket = this.#open.get(id);
    if (!ticket) return;
    const head = this.#heads.read(data, start, end);
    if (!ticket.answered) {
      const bodyAt = start + head.bytes;
      if (flags & ENDED) ticket.whole(head, data, bodyAt, end);
      else if (flags & COLLECT) ticket.collect(head, view.getUint32(bodyAt, true));
      else ticket.stream(head);
    }
    if (flags & ENDED) this.#over(ticket);
  }

  #piece({ id, flags, data, start, end }: Frame): void {
    const ticket = this.#open.get(id);
    ticket?.piece(data.subarray(start, end), (flags & ENDED) !== 0);
    if ((flags & ENDED) === 0) return;
    this.#answers.forget(KEPT_MAX_BYTES);
    if (ticket) this.#over(ticket);
  }

  /** The request's place is free. */
  #over(ticket: Ticket): void {
    if (!ticket.settled) throw new RangeError("an answer ended that had not begun, or that goes on");
    if (this.#open.delete(ticket.number)) this.events.freed();
  }

  #failed(id: number, failure: GuestFailure): void {
    const ticket = this.#open.get(id);
    if (!ticket) return;
    ticket.fail(failureError(failure));
    this.events.failed(requestIdOf(this.boot.requestPrefix, ticket.requestNumber), failure);
    this.#over(ticket);
  }

  // What the watch asks

  get busy(): boolean {
    return this.#open.size > 0;
  }

  looked(nowMs: number): void {
    this.#answers.wake(); // answers may lie there of which the worker tells only after the guest that runs now
    for (const ticket of this.#open.values()) {
      if (!ticket.watched && nowMs - ticket.startedMs >= WATCH_EVERY_MS) this.#watchClient(ticket);
    }
  }

  idle(): void {
    this.#answers.forget(0);
  }

  lost(): void {
    const detail = "the service's worker did not react any more and was replaced";
    this.#end(new BerthError("service-failed", detail, { reason: "lost" }));
  }

  #watchClient(ticket: Ticket): void {
    ticket.watched = true;
    const { signal } = ticket.request;
    if (signal.aborted) this.gone(ticket.number);
    else signal.addEventListener("abort", () => this.gone(ticket.number), { once: true });
  }

  // The end

  /** Tells the whole worker something. */
  control(control: Control): void {
    this.#write(TO_WORKER.CONTROL, 0, 0, encoder.encode(JSON.stringify(control)));
  }

  /** CPU milliseconds that its guests have used. */
  get cpuMs(): number {
    return this.#answers.sum;
  }

  /** Bytes of bodies that its guests sent to other hosts, and got from them. */
  get egress(): Egress {
    return { sentBytes: this.#answers.sentBytes, receivedBytes: this.#answers.receivedBytes };
  }

  /** The largest memory that one of its instances had. */
  get memoryPeakBytes(): number {
    return this.#answers.peak;
  }

  /** Lets requests in flight end, then the worker, which says when it has; after `graceMs` it is given up. */
  async stop(graceMs: number): Promise<void> {
    if (this.#ended) return;
    this.#stopping = true;
    this.control({ kind: "stop" });
    const timer = setTimeout(() => this.#end(null), graceMs);
    await this.#stopped.promise;
    clearTimeout(timer);
  }

  #end(error: BerthError | null): void {
    if (this.#ended) return;
    // A worker that sleeps in its ring must be woken to end; terminate() alone does not reach it.
    this.control({ kind: "stop" });
    this.#ended = true;
    const reason = error ?? new BerthError("service-stopped", "the service was stopped");
    this.#started.promise.catch(() => {}); // whoever waits for the start hears of it; nobody need
    this.#started.reject(reason);
    for (const ticket of this.#open.values()) this.#refuse(ticket, reason);
    this.#calls.close();
    this.#answers.wake();
    // A busy worker does not end by this (Deno only sets a flag); its module stops at the next check.
    this.#watch.end();
    this.#worker.terminate();
    this.#stopped.resolve();
    this.events.ended(this, error);
  }
}

const EMPTY = new Uint8Array(0);

const jsonOf = ({ data, start, end }: Frame) => JSON.parse(decoder.decode(data.subarray(start, end)));

/** Frames, and looks for some, before the event loop has a turn in any case: some ten milliseconds at the most. */
const WORK_MAX_COUNT = 1_024;

/** Answers whose times are told by one look at the clock. */
const FRAMES_A_LOOK = 16;

/** A turn that hangs on nothing that a worker could write. */
const turn = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

/** Memory in which a body of up to this size was put together stays for the next one: new pages cost more than copies. */
const KEPT_MAX_BYTES = 2 << 20;

/** Bodies up to this size travel with their head. */
const SMALL_BODY_BYTES = 64 << 10;
