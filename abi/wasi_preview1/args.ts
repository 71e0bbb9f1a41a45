/** Group `args`: the command line. */
import { CAUSE, wasi, type WasiFunction } from "./call.ts";
import { writeSizes, writeStrings } from "./strings.ts";

const errors = { FAULT: CAUSE.FAULT };

/**
 * `args_get(argv, argv_buf) -> errno`. Writes a pointer to each argument at `argv` (u32 each) and the arguments,
 * each with a NUL behind it, one after the other at `argv_buf`. Their sizes come from `args_sizes_get`.
 */
const argsGet = wasi("args_get", "argv:out argv_buf:out", {
  summary: "Writes the command line's arguments and pointers to them.",
  errors,
}, (w, argv: number, buffer: number) => writeStrings(w, w.args, argv, buffer));

/** `args_sizes_get(count, size) -> errno`. Writes the number of arguments and the bytes they take, u32 each. */
const argsSizesGet = wasi("args_sizes_get", "count:out size:out", {
  summary: "Tells how many arguments there are and how many bytes they take.",
  errors,
}, (w, count: number, size: number) => writeSizes(w, w.args, count, size));

/** The group. */
export const ARGS: readonly WasiFunction[] = [argsGet, argsSizesGet];
