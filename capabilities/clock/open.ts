/** The `clock` capability, the worker's half: clocks cut to the granted resolution. */
import type { Clock } from "./clock.ts";

/** Where readings come from; a test gives its own. */
export interface TimeSource {
  /** Milliseconds since the Unix epoch. */
  wallMs(): number;
  /** Milliseconds since some start, with a fraction, never going back. */
  monotonicMs(): number;
}

const SYSTEM: TimeSource = { wallMs: () => Date.now(), monotonicMs: () => performance.now() };

/** How far the system's clock may be from the one carried forward before it counts as having been set, in ms. */
const DRIFT_MAX_MS = 1.5;

const NS_PER_MS = 1_000_000;

/** What the grant says, as checked by the host. */
export interface ClockAsk {
  readonly wall: boolean;
  readonly monotonic: boolean;
  readonly resolutionNs: number;
}

/** Opens the granted clocks. */
export function openClock(grant: ClockAsk, _context?: unknown, source: TimeSource = SYSTEM): Clock {
  const step = BigInt(grant.resolutionNs);
  // The system tells the time of day in whole milliseconds; the monotonic clock carries it between them.
  let anchorMs = source.wallMs();
  let anchorAt = source.monotonicMs();
  const coarsen = (ns: bigint) => step === 1n ? ns : ns - ns % step;
  const monotonicWholeNs = () => {
    if (!grant.monotonic) return -1;
    const ns = Math.floor(source.monotonicMs() * NS_PER_MS);
    return grant.resolutionNs === 1 ? ns : ns - ns % grant.resolutionNs;
  };
  return {
    resolutionNs: step,
    monotonicWholeNs,
    monotonicNs: () => grant.monotonic ? BigInt(monotonicWholeNs()) : undefined,
    wallNs() {
      if (!grant.wall) return undefined;
      const system = source.wallMs();
      let sinceMs = source.monotonicMs() - anchorAt;
      if (Math.abs(anchorMs + sinceMs - system) > DRIFT_MAX_MS) {
        anchorMs = system;
        anchorAt += sinceMs;
        sinceMs = 0;
      }
      return coarsen(BigInt(anchorMs) * 1_000_000n + BigInt(Math.floor(sinceMs * NS_PER_MS)));
    },
    close() {},
  };
}
