/**
 * One look at the frames that have come to a worker: how many, since when, when the host hears of the answers, and what
 * is done for all of them together.
 */
import type { RingWriter } from "./ring_writer.ts";

/** Frames taken before requests that wait get a turn. */
const FRAMES_MAX_COUNT = 64;

/**
 * The host's thread sleeps while it waits for answers, and waking it costs both sides as much as a short request. So
 * while more requests wait here, it is told of short ones together; so much computing at most comes before it hears.
 */
const QUIET_MAX_MS = 0.02;

/** The round under way. */
export class Round {
  /** When it began, by `performance.now()`. */
  beganMs = 0;
  /** Requests that were open before the last frame. */
  openBefore = 0;
  #frames = 0;
  #quietMs = 0;
  #isOn = false;
  readonly #actions: (() => void)[] = [];

  constructor(private readonly answers: RingWriter) {}

  /** Begins one. */
  begin(): void {
    this.beganMs = performance.now();
    this.#isOn = true;
    this.#frames = 0;
    this.#quietMs = 0;
  }

  /** Whether it has as many frames as it may have. */
  get full(): boolean {
    return this.#frames === FRAMES_MAX_COUNT;
  }

  /**
   * One more frame, taken while so many requests are open.
   * @param lastMs what the guest of the last request computed; the next one is taken to be like it
   */
  count(open: number, lastMs: number): void {
    if (this.#frames++ > 0) this.#quietMs += lastMs;
    this.openBefore = open;
    if (this.#quietMs + lastMs <= QUIET_MAX_MS) this.answers.hush();
    else {
      this.answers.tell();
      this.#quietMs = 0;
    }
  }

  /**
   * Runs an action when this round's requests have all begun; between rounds as a microtask. Microtasks come between the
   * requests of a round too, and what waits for the disk had better wait once for all of them.
   */
  readonly soon = (action: () => void): void => {
    if (this.#isOn) this.#actions.push(action);
    else queueMicrotask(action);
  };

  /** It is over: the host hears of all of it. */
  end(): void {
    this.answers.tell();
    this.#isOn = false;
    if (this.#actions.length === 0) return;
    for (const action of this.#actions.splice(0)) action();
  }
}
