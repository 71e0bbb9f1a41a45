/** Lists of folders that have not changed since they were read. */
import type { FileStat } from "./files.ts";
import type { PackedNames } from "./listing.ts";

/** All lists of one mount together. */
const CACHE_MAX_BYTES = 1 << 20;

/**
 * A folder's own change time tells whether a name in it came, went or was replaced. It has whole seconds where Deno tells it
 * and a few milliseconds' steps where the kernel does: a folder that changed so lately could change again unseen.
 */
const SETTLED_NS = 2_000_000_000n;

interface Kept {
  readonly changedNs: bigint;
  readonly modifiedNs: bigint;
  readonly names: PackedNames;
}

/** The lists of one mount, by what the folder is. */
export class ListingCache {
  readonly #kept = new Map<string, Kept>();
  #sizeBytes = 0;

  /**
   * The list of a folder that is like this now, or what `read` gives.
   * @param nowNs the time of day before the folder is read, nanoseconds since the epoch
   */
  get(folder: FileStat, nowNs: bigint, read: () => PackedNames): PackedNames {
    const key = `${folder.device}:${folder.inode}`;
    const kept = this.#kept.get(key);
    if (kept && kept.changedNs === folder.changedNs && kept.modifiedNs === folder.modifiedNs) {
      return kept.names;
    }
    this.#drop(key);
    const names = read();
    const { changedNs, modifiedNs } = folder;
    if (nowNs - changedNs >= SETTLED_NS) this.#keep(key, { changedNs, modifiedNs, names });
    return names;
  }

  #keep(key: string, kept: Kept): void {
    const { sizeBytes } = kept.names;
    if (sizeBytes > CACHE_MAX_BYTES / 2) return;
    for (const oldest of this.#kept.keys()) {
      if (this.#sizeBytes + sizeBytes <= CACHE_MAX_BYTES) break;
      this.#drop(oldest);
    }
    this.#kept.set(key, kept);
    this.#sizeBytes += sizeBytes;
  }

  #drop(key: string): void {
    this.#sizeBytes -= this.#kept.get(key)?.names.sizeBytes ?? 0;
    this.#kept.delete(key);
  }
}
