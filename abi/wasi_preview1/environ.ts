/**
 * Group `environ`: the environment, which is the deployment's configuration as far as `env` is granted.
 * Every program asks at its start, so without the capability it is empty rather than an error.
 */
import { CAUSE, wasi, type WasiFunction } from "./call.ts";
import { writeSizes, writeStrings } from "./strings.ts";

const errors = { FAULT: CAUSE.FAULT };

/**
 * `environ_get(environ, environ_buf) -> errno`. Writes a pointer to each variable at `environ` (u32 each) and the
 * variables as `name=value` with a NUL behind each at `environ_buf`. Sizes come from `environ_sizes_get`.
 */
const environGet = wasi("environ_get", "environ:out environ_buf:out", {
  capability: "env",
  summary: "Writes the environment's variables and pointers to them.",
  errors,
}, (w, environ: number, buffer: number) => writeStrings(w, w.environ, environ, buffer));

/** `environ_sizes_get(count, size) -> errno`. Writes the number of variables and the bytes they take, u32 each. */
const environSizesGet = wasi("environ_sizes_get", "count:out size:out", {
  capability: "env",
  summary: "Tells how many variables there are and how many bytes they take.",
  errors,
}, (w, count: number, size: number) => writeSizes(w, w.environ, count, size));

/** The group. */
export const ENVIRON: readonly WasiFunction[] = [environGet, environSizesGet];
