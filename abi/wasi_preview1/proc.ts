/** Group `proc`: the guest's own end. */
import { GuestExit } from "../exit.ts";
import { wasi, type WasiFunction } from "./call.ts";
import { Errno } from "./errno.ts";

/** `signal`: the highest number, SIGSYS. */
const SIGNAL_MAX = 30;

/** Signals whose default is to do nothing: NONE, CHLD, CONT, URG, WINCH. */
const IGNORED_SIGNALS: ReadonlySet<number> = new Set([0, 16, 17, 22, 27]);

/** A shell's code for a process that was ended by a signal is this plus its number. */
const EXIT_BY_SIGNAL = 128;

/** `proc_exit(rval)`. Ends the guest with an exit code (u32); does not return. */
const procExit = wasi("proc_exit", "rval:code", {
  summary: "Ends the guest with an exit code.",
  errors: {},
}, (_w, code: number) => {
  throw new GuestExit(code >>> 0);
});

/** `proc_raise(sig) -> errno`. A guest handles no signals, so each has its default: to end it, or nothing. */
const procRaise = wasi("proc_raise", "sig:id", {
  summary: "Sends the guest a signal: ends it with 128 plus the signal's number, or does nothing.",
  errors: { INVAL: "there is no signal with this number" },
}, (_w, signal: number) => {
  const number = signal & 0xff;
  if (number > SIGNAL_MAX) return Errno.INVAL;
  if (IGNORED_SIGNALS.has(number)) return Errno.SUCCESS;
  throw new GuestExit(EXIT_BY_SIGNAL + number);
});

/** The group. */
export const PROC: readonly WasiFunction[] = [procExit, procRaise];
