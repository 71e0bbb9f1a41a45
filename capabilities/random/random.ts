/** What a guest with the `random` capability holds. */
import type { OpenedCapability } from "../capability.ts";

/** Cryptographically secure random bytes. */
export interface Random extends OpenedCapability {
  /** Fills `length` bytes from `at` on; they lie inside the view, whose memory is not shared. */
  fill(view: DataView<ArrayBuffer>, at: number, length: number): void;
}
