/** Modules on their way from the image to the worker: prepared once, stored by content, compiled when needed. */
import { BerthError } from "./error.ts";
import type { Limits } from "./limits.ts";
import { PREPARATION_VERSION } from "./prepared.ts";
import type { LoadedModule } from "./service.ts";
import type { Store } from "./store/store.ts";
import { prepareModule, type PrepareReport } from "./unit/prepare/mod.ts";

/** The modules of a host. */
export class Modules {
  constructor(private readonly store: Store) {}

  /** The module of an image with the limits of a service in it, compiled. */
  async load(digest: string, limits: Limits): Promise<LoadedModule> {
    const { bytes, report } = await this.#prepared(digest, limits);
    const module = await WebAssembly.compile(bytes);
    return { module, prepared: true, resettable: report.resettable };
  }

  /** What the preparation did. */
  async report(digest: string, limits: Limits): Promise<PrepareReport> {
    return (await this.#prepared(digest, limits)).report;
  }

  async #prepared(digest: string, limits: Limits) {
    const variant = `${PREPARATION_VERSION}-${limits.memoryMaxBytes}-${limits.tableEntriesMaxCount}`;
    const stored = await this.store.prepared.read(digest, variant);
    if (stored) return { bytes: stored.module, report: stored.report as PrepareReport };
    const original = await this.store.images.module(digest);
    const prepared = prepareModule(original, {
      memoryMaxBytes: limits.memoryMaxBytes,
      tableEntriesMaxCount: limits.tableEntriesMaxCount,
    });
    if (!WebAssembly.validate(prepared.bytes)) {
      throw new BerthError("internal", "the prepared module is not valid", { digest });
    }
    await this.store.prepared.write(digest, variant, prepared.bytes, prepared.report);
    return { bytes: prepared.bytes, report: prepared.report };
  }
}
