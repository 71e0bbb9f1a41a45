/** Group `sched`. */
import { wasi, type WasiFunction } from "./call.ts";
import { Errno } from "./errno.ts";

/** `sched_yield() -> errno`. A guest has one thread and shares it with nobody it could wait for: returns at once. */
const schedYield = wasi("sched_yield", "", {
  summary: "Gives the processor away; nothing to do here.",
  errors: {},
}, () => Errno.SUCCESS);

/** The group. */
export const SCHED: readonly WasiFunction[] = [schedYield];
