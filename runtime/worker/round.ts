/** One look at the frames that have come to a worker: how many, since when, and when the host hears of the answers. */
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

  constructor(private readonly answers: RingWriter) {}

  /** Begins one. */
  begin(): void {
    this.beganMs = performance.now();
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

  /** It is over: the host hears of all of it. */
  end(): void {
    this.answers.tell();
  }
}
