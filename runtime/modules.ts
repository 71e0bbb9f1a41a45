/** Modules on their way from the image to the worker: prepared once, stored by content, compiled when needed. */
import { BerthError } from "./error.ts";
import type { Limits } from "./limits.ts";
import { PREPARATION_VERSION } from "./prepared.ts";
import type { Store } from "./store/store.ts";
import { prepareModule, type PrepareReport } from "./unit/prepare/mod.ts";

/** The modules of a host. */
export class Modules {
  constructor(private readonly store: Store) {}

  /** The module of an image with the limits of a service in it, compiled. */
  async load(digest: string, limits: Limits): Promise<WebAssembly.Module> {
    return await WebAssembly.compile(this.#prepared(digest, limits).bytes);
  }

  /** What the preparation did. */
  report(digest: string, limits: Limits): PrepareReport {
    return this.#prepared(digest, limits).report;
  }

  #prepared(digest: string, limits: Limits): { bytes: Uint8Array<ArrayBuffer>; report: PrepareReport } {
    const { memoryMaxBytes, tableEntriesMaxCount } = limits;
    const key = `${PREPARATION_VERSION}-${memoryMaxBytes}-${tableEntriesMaxCount}`;
    const stored = this.store.preparedModule(digest, key);
    if (stored) return { bytes: stored.module, report: stored.facts as PrepareReport };
    const prepared = prepareModule(this.store.images.module(digest), {
      memoryMaxBytes,
      tableEntriesMaxCount,
    });
    if (!WebAssembly.validate(prepared.bytes)) {
      throw new BerthError("internal", "the prepared module is not valid", { digest });
    }
    this.store.setPreparedModule(digest, key, prepared.bytes, prepared.report);
    return prepared;
  }
}
