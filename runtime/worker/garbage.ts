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
  #loading = false;

  /** An instance with so much memory was thrown away; says whether there is enough to collect. */
  add(bytes: number): boolean {
    this.#bytes += bytes;
    return this.#bytes >= WAITING_MAX_BYTES;
  }

  /** Whether it waits for the engine's modules: the thread must not be blocked then. */
  get loading(): boolean {
    return this.#loading;
  }

  /** Collects when there is enough of it; called where nothing on the stack holds an instance any more. */
  collect(): void {
    if (this.#bytes < WAITING_MAX_BYTES) return;
    if (!this.#collect) {
      if (!this.#loading) {
        this.#loading = true;
        // What waited for it is collected then: a worker without requests looks for garbage no more.
        this.#load().then(() => this.collect()).finally(() => this.#loading = false);
      }
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
