/** The deadlines of many requests behind one timer, so that a request neither sets nor clears one of its own. */

/** What has a deadline. */
export interface Due {
  /** By `performance.now()`. */
  readonly endsMs: number;
  /** Called once it is past. */
  timedOut(): void;
}

/** Watches deadlines. */
export class Deadlines<T extends Due> {
  readonly #watched = new Set<T>();
  #timer: ReturnType<typeof setTimeout> | null = null;
  #firesMs = Infinity;

  /** What is watched now. */
  get watched(): ReadonlySet<T> {
    return this.#watched;
  }

  /** Watches until {@link delete}. */
  add(due: T): void {
    this.#watched.add(due);
    this.#fireBy(due.endsMs);
  }

  /** Watches no more. */
  delete(due: T): void {
    this.#watched.delete(due);
  }

  /** Watches nothing any more. */
  close(): void {
    this.#watched.clear();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#firesMs = Infinity;
  }

  #fireBy(atMs: number): void {
    if (atMs >= this.#firesMs) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#firesMs = atMs;
    this.#timer = setTimeout(() => this.#fire(), Math.max(1, Math.ceil(atMs - performance.now())));
  }

  #fire(): void {
    this.#timer = null;
    this.#firesMs = Infinity;
    const now = performance.now();
    let nextMs = Infinity;
    for (const due of this.#watched) {
      if (due.endsMs <= now) due.timedOut();
      else nextMs = Math.min(nextMs, due.endsMs);
    }
    if (nextMs !== Infinity) this.#fireBy(nextMs);
  }
}
