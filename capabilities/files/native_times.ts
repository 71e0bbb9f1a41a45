/** Times as `utimensat` takes them. */
import type { FileTimes } from "./files.ts";

const UTIME_NOW = 0x3fffffffn;
const UTIME_OMIT = 0x3ffffffen;
const NS_PER_S = 1_000_000_000n;

/** Two `struct timespec`: access, modification. */
export function timespecs(times: FileTimes): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(32);
  const view = new DataView(bytes.buffer);
  [times.accessed, times.modified].forEach((time, index) => {
    const exact = typeof time === "bigint";
    view.setBigInt64(index * 16, exact ? time / NS_PER_S : 0n, true);
    view.setBigInt64(index * 16 + 8, exact ? time % NS_PER_S : time === "now" ? UTIME_NOW : UTIME_OMIT, true);
  });
  return bytes;
}
