/** Modules on their way from the image to the worker: prepared once, stored by content, compiled when needed. */
import { BerthError } from "./error.ts";
import type { Limits } from "./limits.ts";
import { PREPARATION_VERSION } from "./prepared.ts";
import type { Store } from "./store/store.ts";
import type { PrepareReport } from "./unit/prepare/mod.ts";

/** The modules of a host. */
export class Modules {
  constructor(private readonly store: Store) {}

  /** The module of an image with the limits of a service in it, compiled. */
  async load(digest: string, limits: Limits): Promise<WebAssembly.Module> {
    return await WebAssembly.compile((await this.#prepared(digest, limits)).bytes);
  }

  /** What the preparation did. */
  async report(digest: string, limits: Limits): Promise<PrepareReport> {
    return (await this.#prepared(digest, limits)).report;
  }

  async #prepared(
    digest: string,
    limits: Limits,
  ): Promise<{ bytes: Uint8Array<ArrayBuffer>; report: PrepareReport }> {
    const { memoryMaxBytes, tableEntriesMaxCount } = limits;
    const key = `${PREPARATION_VERSION}-${memoryMaxBytes}-${tableEntriesMaxCount}`;
    const stored = await this.store.preparedModule(digest, key);
    if (stored) return { bytes: stored.module, report: stored.facts as PrepareReport };
    const { prepareModule } = await import("./unit/prepare/mod.ts");
    const prepared = prepareModule(await this.store.images.module(digest), {
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
