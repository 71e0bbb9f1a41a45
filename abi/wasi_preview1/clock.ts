/**
 * Group `clock`. A clock that is not granted answers NOTCAPABLE: the specification's errno for what a guest may not
 * do, which libc hands on as an error of `clock_gettime`, so that a program can tell it from a broken clock.
 */
import { CAUSE, wasi, type WasiFunction } from "./call.ts";
import { Errno } from "./errno.ts";
import { ClockId, setU64Number } from "./layout.ts";
import type { Wasi } from "./wasi.ts";

const errors = {
  FAULT: CAUSE.FAULT,
  INVAL: "there is no clock with this number",
  NOTCAPABLE: "the clock is not granted",
};

/** The manifest line that grants all clocks. */
export const CLOCK_MANIFEST_LINE = '"clock": true';

/**
 * What a clock tells now, in nanoseconds; a negative number is none: -1 not granted, -2 no such clock.
 * The CPU clocks (2, 3) tell the time since the instance was opened, by the monotonic clock.
 */
export function readClock(w: Wasi, id: number): bigint {
  const { clock } = w.context.capabilities;
  switch (id) {
    case ClockId.REALTIME:
      return clock?.wallNs() ?? -1n;
    case ClockId.MONOTONIC:
      return clock?.monotonicNs() ?? -1n;
    case ClockId.PROCESS_CPUTIME:
    case ClockId.THREAD_CPUTIME: {
      const now = clock?.monotonicNs();
      return now === undefined ? -1n : now - w.openedNs;
    }
    default:
      return -2n;
  }
}

/** The errno for what {@link readClock} could not tell; notes the denial. */
export function clockError(w: Wasi, id: number, told: bigint): Errno {
  if (told === -2n) return Errno.INVAL;
  w.context.denied("clock", `reads clock ${id}`, CLOCK_MANIFEST_LINE);
  return Errno.NOTCAPABLE;
}

/** `clock_res_get(id, resolution) -> errno`. Writes the resolution of a clock in nanoseconds, u64. */
const clockResGet = wasi("clock_res_get", "id:id resolution:out", {
  capability: "clock",
  summary: "Tells the resolution of a clock: the granted one.",
  errors,
}, (w, id: number, resolution: number) => {
  w.memory.check(resolution, 8);
  const told = readClock(w, id);
  if (told < 0n) return clockError(w, id, told);
  w.memory.setU64(resolution, w.context.capabilities.clock?.resolutionNs ?? 1n);
  return Errno.SUCCESS;
});

/**
 * `clock_time_get(id, precision, time) -> errno`. Writes what a clock tells in nanoseconds, u64; the precision that
 * the guest could do with is not used: the granted resolution holds.
 */
const clockTimeGet = wasi("clock_time_get", "id:id precision:time time:out", {
  capability: "clock",
  summary: "Tells the time of a clock, cut to the granted resolution.",
  errors,
}, (w, id: number, _precision: bigint, time: number) => {
  if (id === ClockId.MONOTONIC) {
    // The clock that is read most often goes without a BigInt.
    const ns = w.context.capabilities.clock?.monotonicWholeNs() ?? -1;
    if (ns >= 0) {
      const at = w.memory.check(time, 8);
      setU64Number(w.memory.view, at, ns);
      return Errno.SUCCESS;
    }
  }
  const told = readClock(w, id);
  if (told < 0n) {
    w.memory.check(time, 8);
    return clockError(w, id, told);
  }
  w.memory.setU64(time, told);
  return Errno.SUCCESS;
});

/** The group. */
export const CLOCK: readonly WasiFunction[] = [clockResGet, clockTimeGet];
