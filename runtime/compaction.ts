/**
 * Heaps are put together while nobody wants anything. V8 collects when room runs short and not when there is time, so what a
 * start leaves behind would stay for as long as no request comes, and that is what most services get most of the time.
 */

/** Nothing was asked for so long: it is quiet. That is for what a start leaves behind. */
const QUIET_MS = 1_000;
/**
 * After so many requests V8 has optimised what they take. It gives that back with the rest, and the next burst of
 * requests would have to wait for it again: */
const WARM_COUNT = 200;
/** so then it must have been quiet for this long. */
const IDLE_MS = 60_000;
/** A collection takes 13 ms in a worker and 25 on the host's thread, so it must be worth it: not more often than this, */
const AGAIN_MS = 30_000;
/** and only after so many requests, or when workers came or went. */
const AGAIN_COUNT = 200;

/**
 * More than any processor can address. V8 collects all that it can, gives code that has not run for long back and empties
 * pages, before it says that there is no room.
 */
const NEVER_BYTES = 2 ** 52;

/** When the heap of this thread is put together. */
export class Compaction {
  /** Requests so far; counted by whoever takes them. */
  asked = 0;
  /** Whether something came or went that leaves more behind than a request does; a start does. */
  changed = true;
  #askedThen = 0;
  #atMs = -Infinity;
  #timer: ReturnType<typeof setTimeout> | null = null;

  /** @param busy whether something is under way */
  constructor(private readonly busy: () => boolean) {}

  get #wanted(): boolean {
    return this.changed || this.asked - this.#askedThen >= AGAIN_COUNT;
  }

  /** How long it must have been quiet. */
  get patienceMs(): number {
    return this.asked < WARM_COUNT ? QUIET_MS : IDLE_MS;
  }

  /** Blocks the thread until the ring has something; nothing can be under way then. */
  block(ring: { wait(timeoutMs?: number): boolean }): void {
    if (!ring.wait(this.#wanted ? this.patienceMs : undefined)) this.quiet();
  }

  /** For a thread that sleeps in its event loop: looks after a while whether it was quiet. */
  watch(): void {
    if (this.#timer !== null || !this.#wanted) return;
    const { asked } = this;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      if (asked === this.asked && !this.busy()) this.quiet();
      this.watch();
    }, this.patienceMs);
    Deno.unrefTimer(this.#timer);
  }

  /** It was quiet for a while: collects, where it is worth it. */
  quiet(nowMs = performance.now()): void {
    if (!this.#wanted || nowMs - this.#atMs < AGAIN_MS) return;
    this.#askedThen = this.asked;
    this.changed = false;
    this.#atMs = nowMs;
    try {
      new ArrayBuffer(NEVER_BYTES);
    } catch {
      // As always.
    }
  }
}

/** What a host does. */
export interface Activity {
  /** Requests to services so far. */
  readonly requests: number;
  /** Workers now. */
  readonly workers: number;
}

/** Puts the heap of the host's thread together when it is quiet; gives what ends that. */
export function compactWhenQuiet(look: () => Activity, everyMs = QUIET_MS): () => void {
  const compaction = new Compaction(() => false);
  let before = look(), quietMs = 0;
  const timer = setInterval(() => {
    const now = look();
    const changed = now.workers !== before.workers;
    quietMs = changed || now.requests !== before.requests ? 0 : quietMs + everyMs;
    compaction.changed ||= changed;
    compaction.asked += Math.abs(now.requests - before.requests); // their count begins anew some day
    before = now;
    if (quietMs >= compaction.patienceMs) compaction.quiet();
  }, everyMs);
  Deno.unrefTimer(timer);
  return () => clearInterval(timer);
}
