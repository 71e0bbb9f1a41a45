/** The worker that has the permissions for guests' folders, and no other. */
import type { GuestJob, GuestOutcome } from "./guest_host.ts";

/** Runs guests one after the other behind Deno's wall. */
export class GuestWorker {
  readonly #worker: Worker;
  readonly #ready: Promise<unknown>;

  /** @param library the C library, where the guests' files are to go through it */
  constructor(read: string[], write: string[], library: string | undefined) {
    this.#worker = new Worker(new URL("./guest_worker.ts", import.meta.url), {
      type: "module",
      deno: {
        permissions: {
          read,
          write,
          net: false,
          env: false,
          run: false,
          ffi: library === undefined ? false : [library],
          sys: false,
          import: false,
        },
      },
    });
    this.#ready = this.#answer();
  }

  #answer(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#worker.onmessage = ({ data }) => resolve(data);
      this.#worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(event.message));
      };
    });
  }

  /** Runs one to its end. */
  async run(job: GuestJob): Promise<GuestOutcome> {
    await this.#ready;
    const answer = this.#answer();
    this.#worker.postMessage(job);
    return await answer as GuestOutcome; // what guest_worker.ts posts
  }

  /** Ends the worker. */
  close(): void {
    this.#worker.terminate();
  }
}
