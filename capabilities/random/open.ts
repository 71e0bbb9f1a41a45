/** The `random` capability, the worker's half. */
import type { Random } from "./random.ts";

/** What `crypto.getRandomValues` takes in one call. */
const FILL_MAX_BYTES = 65_536;

/** Opens the host's source of randomness. */
export function openRandom(_grant: true): Random {
  return {
    fill(bytes) {
      if (bytes.length <= FILL_MAX_BYTES) {
        crypto.getRandomValues(bytes);
        return;
      }
      for (let at = 0; at < bytes.length; at += FILL_MAX_BYTES) {
        crypto.getRandomValues(bytes.subarray(at, at + FILL_MAX_BYTES));
      }
    },
    close() {},
  };
}
