/** What a guest with the `random` capability holds. */
import type { OpenedCapability } from "../capability.ts";

/** Cryptographically secure random bytes. */
export interface Random extends OpenedCapability {
  /** Fills a buffer (unshared, any length). */
  fill(bytes: Uint8Array<ArrayBuffer>): void;
}
