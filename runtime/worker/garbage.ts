/**
 * Memory of instances that were thrown away. V8 frees it when it collects, and does not hurry: thirty guests that each
 * took 64 MiB made the process grow by 834 MiB. So what is thrown away is counted, and past a bound collected at once.
 */

/** So much may wait for V8's own time. */
const WAITING_MAX_BYTES = 48 << 20;

/** Counts what was thrown away. */
export class Garbage {
  #bytes = 0;
  #collect: (() => void) | null = null;
  #loading: Promise<void> | null = null;

  /** An instance with so much memory was thrown away. */
  add(bytes: number): void {
    this.#bytes += bytes;
  }

  /** Collects when there is enough of it; called where nothing on the stack holds an instance any more. */
  collect(): void {
    if (this.#bytes < WAITING_MAX_BYTES) return;
    if (!this.#collect) {
      this.#loading ??= this.#load();
      return;
    }
    this.#bytes = 0;
    this.#collect();
  }

  /** `gc` is there for contexts that are made after the flag was set; only workers that need it pay for that. */
  async #load(): Promise<void> {
    const [{ setFlagsFromString }, { runInNewContext }] = await Promise.all([
      import("node:v8"),
      import("node:vm"),
    ]);
    setFlagsFromString("--expose-gc");
    const gc: unknown = runInNewContext("gc");
    if (typeof gc !== "function") throw new TypeError("V8 gave no gc()");
    this.#collect = () => gc();
  }
}
