/** Writes that wait for the disk together. */

/** A write that has not been carried out yet. */
interface Waiting<T> {
  readonly write: T;
  resolve(): void;
  reject(error: unknown): void;
}

/** How writes are carried out. */
export interface TogetherOptions<T> {
  /** All of them in one transaction; `false`, and nothing was written, when they must be tried one by one. Throws when none can be. */
  all(writes: readonly T[]): boolean;
  /** One by itself. */
  one(write: T): void;
  /** See `OpenContext`. */
  soon(action: () => void): void;
}

/**
 * Collects the writes of one moment: all that are asked for before the thread has nothing else at hand. While one
 * transaction waits for the disk, the requests of the next are coming in.
 */
export class Together<T> {
  #waiting: Waiting<T>[] = [];

  constructor(private readonly options: TogetherOptions<T>) {}

  /** Resolves when the write is durable. */
  add(write: T): Promise<void> {
    if (this.#waiting.length === 0) this.options.soon(() => this.flush());
    return new Promise((resolve, reject) => this.#waiting.push({ write, resolve, reject }));
  }

  /** Carries out what waits; nothing that is done to the storage may overtake it. */
  flush(): void {
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    try {
      if (waiting.length > 1 && this.options.all(waiting.map(({ write }) => write))) {
        for (const { resolve } of waiting) resolve();
        return;
      }
    } catch (error) {
      for (const { reject } of waiting) reject(error);
      return;
    }
    for (const { write, resolve, reject } of waiting) {
      try {
        this.options.one(write);
        resolve();
      } catch (error) {
        reject(error);
      }
    }
  }
}
