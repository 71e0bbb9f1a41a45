/** The `random` capability, the worker's half. */
import type { Random } from "./random.ts";

/** What `crypto.getRandomValues` takes in one call. */
const FILL_MAX_BYTES = 65_536;

/** Random bytes drawn in advance: one call for many small requests, which cost more than their bytes. */
const POOL_BYTES = 4096;

/** Up to this much comes from the pool. */
const POOLED_MAX_BYTES = 256;

/** Opens the host's source of randomness. */
export function openRandom(_grant: true): Random {
  const pool = new DataView(new ArrayBuffer(POOL_BYTES));
  const bytes = new Uint8Array(pool.buffer);
  let used = POOL_BYTES;
  // What is handed out is wiped: nothing that is read later tells what a guest once drew.
  const take = (into: DataView, at: number, length: number) => {
    if (used + length > POOL_BYTES) {
      crypto.getRandomValues(bytes);
      used = 0;
    }
    const words = at + length - 3;
    let to = at;
    for (; to < words; to += 4, used += 4) {
      into.setInt32(to, pool.getInt32(used));
      pool.setInt32(used, 0);
    }
    for (; to < at + length; to++, used++) {
      into.setInt8(to, pool.getInt8(used));
      pool.setInt8(used, 0);
    }
  };
  return {
    fill(view, at, length) {
      if (length <= POOLED_MAX_BYTES) return take(view, at, length);
      const all = new Uint8Array(view.buffer, view.byteOffset + at, length);
      for (let from = 0; from < length; from += FILL_MAX_BYTES) {
        crypto.getRandomValues(all.subarray(from, from + FILL_MAX_BYTES));
      }
    },
    close() {
      bytes.fill(0);
      used = POOL_BYTES;
    },
  };
}
