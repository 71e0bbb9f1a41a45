/** What a guest with the `clock` capability holds. */
import type { OpenedCapability } from "../capability.ts";

/** Clocks in nanoseconds, already coarsened to the granted resolution. */
export interface Clock extends OpenedCapability {
  /** Nanoseconds since the Unix epoch; `undefined` when only the monotonic clock is granted. */
  wallNs(): bigint | undefined;
  /** Nanoseconds since an arbitrary start, never going back; `undefined` when only the wall clock is granted. */
  monotonicNs(): bigint | undefined;
  /** The same as {@link monotonicNs} as a number, exact below 2^53 (104 days); -1 when it is not granted. */
  monotonicWholeNs(): number;
  /** The granted resolution in nanoseconds, at least 1. */
  readonly resolutionNs: bigint;
}
