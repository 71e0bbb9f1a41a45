/** Admits so many bytes in each second and counts the rest. */
import type { LogLine } from "../capability.ts";

/** What was not admitted since it was last told. */
export interface Dropped {
  readonly lines: number;
  readonly bytes: number;
}

/** What a line costs beside its bytes: its envelope in the log, so that a flood of empty lines is bounded too. */
export const LINE_OVERHEAD_BYTES = 64;

const WINDOW_MS = 1000;

/** The line that tells of it. */
export function droppedLines({ lines, bytes }: Dropped, bytesPerSecond: number): LogLine {
  const message =
    `dropped ${lines} lines of output (${bytes} bytes): more than ${bytesPerSecond} bytes in a second`;
  return { level: "warn", source: "host", message };
}

/** A budget of bytes for each window of a second. */
export class RateGate {
  readonly #bytesPerSecond: number;
  readonly #nowMs: () => number;
  readonly #onDropped: (dropped: Dropped) => void;
  #windowStartMs: number;
  #spentBytes = 0;
  #droppedLines = 0;
  #droppedBytes = 0;

  /** @param onDropped is told what was dropped, at most once a window */
  constructor(bytesPerSecond: number, nowMs: () => number, onDropped: (dropped: Dropped) => void) {
    this.#bytesPerSecond = bytesPerSecond;
    this.#nowMs = nowMs;
    this.#onDropped = onDropped;
    this.#windowStartMs = nowMs();
  }

  /** Whether a line of this length may go out. */
  admit(bytes: number): boolean {
    const admitted = this.takes(bytes);
    if (!admitted) {
      this.#droppedLines++;
      this.#droppedBytes += bytes;
    }
    return admitted;
  }

  /** The same for what is not lost when it may not: nothing is counted as dropped. */
  takes(bytes: number): boolean {
    this.report();
    const cost = bytes + LINE_OVERHEAD_BYTES;
    if (this.#spentBytes + cost > this.#bytesPerSecond) return false;
    this.#spentBytes += cost;
    return true;
  }

  /** Begins a new window when the last one is over, and tells what was dropped in it. */
  report(): void {
    const now = this.#nowMs();
    if (now - this.#windowStartMs < WINDOW_MS) return;
    this.#windowStartMs = now;
    this.#spentBytes = 0;
    if (this.#droppedLines === 0) return;
    const dropped = { lines: this.#droppedLines, bytes: this.#droppedBytes };
    this.#droppedLines = 0;
    this.#droppedBytes = 0;
    this.#onDropped(dropped);
  }
}
