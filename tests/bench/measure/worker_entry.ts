/** Workers of services with another entry: one that looks at itself before it does what every worker does. */

/** Berth's own entry, whose place it takes. */
const ENTRY = "/runtime/worker/entry.ts";

/**
 * From now on workers of services begin with this module, and what is given here comes with their first message.
 * The module's own imports end with Berth's entry.
 */
export function replaceWorkerEntry(entry: URL, extra: Readonly<Record<string, unknown>>): void {
  const Original = Worker;
  globalThis.Worker = class extends Original {
    readonly #ours: boolean;

    constructor(url: string | URL, options?: WorkerOptions) {
      const ours = String(url).endsWith(ENTRY);
      super(ours ? entry : url, options);
      this.#ours = ours;
    }

    override postMessage(message: object): void {
      super.postMessage(this.#ours ? { ...message, ...extra } : message);
    }
  };
}

/** In a worker: what came with the first message, before Berth's own entry sees it. */
export function onFirstMessage(take: (message: Readonly<Record<string, unknown>>) => void): void {
  globalThis.addEventListener("message", (event) => take((event as MessageEvent).data), { once: true });
}
