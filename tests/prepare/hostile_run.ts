/** Stops hostile guests from another thread, as the supervisor does. */
import { createInterruptMemory, endInterrupt, raiseInterrupt } from "../../runtime/worker/interrupt.ts";
import type { HostileJob, HostileResult } from "./hostile_worker.ts";

/** How often the supervisor looks, as the host does. */
const LOOK_EACH_MS = 2;

/** A worker and the supervisor beside it. */
export class HostileRunner {
  readonly #word = createInterruptMemory();
  readonly #worker = new Worker(new URL("./hostile_worker.ts", import.meta.url), { type: "module" });

  /** Runs a guest `times` times, each stopped after `limitMs`. Gives up (and fails) after `patienceMs`. */
  async run(
    module: WebAssembly.Module,
    limitMs: number,
    times: number,
    patienceMs = 20_000,
  ): Promise<HostileResult> {
    const { promise, resolve, reject } = Promise.withResolvers<HostileResult>();
    this.#worker.onmessage = ({ data }: MessageEvent<HostileResult>) => resolve(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error(event.message));
    };
    const looking = setInterval(() => raiseInterrupt(this.#word), LOOK_EACH_MS);
    const patience = setTimeout(() => {
      endInterrupt(this.#word);
      reject(new Error("the guest was not stopped"));
    }, patienceMs);
    const job: HostileJob = { module, word: this.#word, limitMs, times };
    this.#worker.postMessage(job);
    try {
      return await promise;
    } finally {
      clearInterval(looking);
      clearTimeout(patience);
    }
  }

  [Symbol.dispose](): void {
    endInterrupt(this.#word);
    this.#worker.terminate();
  }
}
