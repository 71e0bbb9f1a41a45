/** Group `random`. */
import { CAUSE, wasi, type WasiFunction } from "./call.ts";
import { Errno } from "./errno.ts";

/** `random_get(buf, buf_len) -> errno`. Fills a buffer with cryptographically secure random bytes. */
const randomGet = wasi("random_get", "buf:out buf_len:len", {
  capability: "random",
  summary: "Fills a buffer with random bytes.",
  errors: {
    FAULT: CAUSE.FAULT,
    INVAL: "more bytes than the limit randomCallMaxBytes in one call",
    NOTCAPABLE: "random is not granted",
  },
}, (w, buffer: number, length: number) => {
  const { random } = w.context.capabilities;
  if (random === undefined) {
    w.context.denied("random", "draws random bytes", '"random": true');
    return Errno.NOTCAPABLE;
  }
  const at = w.memory.check(buffer, length);
  if (length >>> 0 > w.context.limits.randomCallMaxBytes) return Errno.INVAL;
  random.fill(w.memory.view, at, length >>> 0);
  return Errno.SUCCESS;
});

/** The group. */
export const RANDOM: readonly WasiFunction[] = [randomGet];
