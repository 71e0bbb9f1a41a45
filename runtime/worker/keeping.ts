/** Which instances are made so that they can be put back after their request: a snapshot of one that cannot is wasted. */
import type { Reset } from "./state.ts";

/** So many in a row that could not be put back, and the next ones are taken to be alike. */
const LOST_MAX_COUNT = 4;
/** One of so many is still tried: what a service's requests do may change. */
const TRIED_EVERY_COUNT = 16;

/** Decides for one worker. */
export class Keeping {
  #reset: Reset = "restore";
  #lostCount = 0;
  #untriedCount = 0;

  /** How instances are made ready for the next request where they can be put back at all. */
  get reset(): Reset {
    return this.#reset;
  }

  /** What the worker's start found to be cheaper. */
  choose(reset: Reset): void {
    this.#reset = reset;
  }

  /** Whether the next instance is worth a snapshot; asked once for each. */
  next(): boolean {
    if (this.#reset === "instance") return false;
    if (this.#lostCount < LOST_MAX_COUNT) return true;
    this.#untriedCount = (this.#untriedCount + 1) % TRIED_EVERY_COUNT;
    return this.#untriedCount === 0;
  }

  /** An instance with a snapshot was put back, or could not be: its memory has grown, for one. */
  tried(kept: boolean): void {
    this.#lostCount = kept ? 0 : this.#lostCount + 1;
  }
}
