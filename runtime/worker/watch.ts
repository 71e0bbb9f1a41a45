/**
 * Watches over the guests of one worker from the host's thread. The worker sets the deadline of each turn of a guest
 * and counts its limits; here only the word is raised when a deadline is over, for the worker cannot while the guest
 * runs. A worker that does not react is lost.
 */
import {
  createInterruptMemory,
  endInterrupt,
  interruptDueMs,
  raiseInterrupt,
  stopPending,
} from "./interrupt.ts";

/** How long a worker may take to react once its guest must stop. */
const GRACE_MS = 2_000;
/** A look that comes so much later than it was due says that this thread was held up, or the process. */
const STALL_MS = 500;
/** How long a worker itself may take to start, on a slow device under load. */
const WORKER_START_MS = 10_000;
/** How often requests that take long are looked at. */
export const WATCH_EVERY_MS = 50;

/** What is watched. */
export interface Watched {
  /** Whether requests are under way. */
  readonly busy: boolean;
  /** Called at each look, with `performance.now()`. */
  looked(nowMs: number): void;
  /** There was nothing under way at a look; the next one comes when there is. */
  idle(): void;
  /** The worker does not react any more. */
  lost(): void;
}

/** The watch over one worker. */
export class Watch {
  /** The memory of the interrupt word. */
  readonly word: WebAssembly.Memory = createInterruptMemory();
  readonly #everyMs: number;
  readonly #silentMaxMs: number;
  #startEndsMs: number;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #dueMs = 0;
  #raisedMs = 0;
  #heardMs = performance.now();

  constructor(
    private readonly watched: Watched,
    { wallMaxMs, cpuMaxMs, startMaxMs }: { wallMaxMs: number; cpuMaxMs: number; startMaxMs: number },
  ) {
    this.#everyMs = Math.min(WATCH_EVERY_MS, wallMaxMs, cpuMaxMs, startMaxMs);
    this.#silentMaxMs = wallMaxMs + GRACE_MS;
    this.#startEndsMs = performance.now() + startMaxMs + WORKER_START_MS;
    this.#arm(this.#everyMs);
  }

  /** The worker has started. */
  started(): void {
    this.#startEndsMs = Infinity;
  }

  /** The worker got something to do after it had nothing. */
  begins(nowMs: number): void {
    this.#heardMs = nowMs;
    this.#arm(this.#everyMs);
  }

  /** The worker was heard of; by `performance.now()`. */
  heard(nowMs: number): void {
    this.#heardMs = nowMs;
  }

  /** Stops watching, and every guest with it. */
  end(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#dueMs = -Infinity;
    endInterrupt(this.word);
  }

  /** Looks again after a while, at the latest; an earlier look stays. */
  #arm(delayMs: number): void {
    const dueMs = performance.now() + delayMs;
    if (this.#timer !== null && this.#dueMs <= dueMs) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#dueMs = dueMs;
    this.#timer = setTimeout(() => this.#look(), delayMs);
  }

  #look(): void {
    this.#timer = null;
    const now = performance.now();
    if (now - this.#dueMs > STALL_MS) this.#giveBack(now - this.#dueMs);
    if (!this.watched.busy && this.#startEndsMs === Infinity) return this.watched.idle();
    this.watched.looked(now);
    if (interruptDueMs(this.word) <= 0 && raiseInterrupt(this.word)) this.#raisedMs = now;
    if (this.#isLost(now)) return this.watched.lost();
    this.#arm(Math.max(1, Math.min(this.#everyMs, interruptDueMs(this.word))));
  }

  /** The whole process stood still for so long, a suspended device for one: the worker could not react either. */
  #giveBack(ms: number): void {
    this.#heardMs += ms;
    this.#raisedMs += ms;
    this.#startEndsMs += ms;
  }

  #isLost(now: number): boolean {
    if (stopPending(this.word)) return now - this.#raisedMs > GRACE_MS;
    if (this.#startEndsMs !== Infinity) return now > this.#startEndsMs + GRACE_MS;
    return now - this.#heardMs > this.#silentMaxMs;
  }
}
