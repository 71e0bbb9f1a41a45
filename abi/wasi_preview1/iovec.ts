/** Lists of buffers (`iovec`, `ciovec`: pointer u32 @0, length u32 @4), checked before anything is done with them. */
import type { Wasi } from "./wasi.ts";
import { SIZE } from "./layout.ts";

/**
 * The buffers of a list, each a view of guest memory; `undefined` when there are more than the limit
 * `iovecsMaxCount` or their lengths add up past 2^32. Throws a `GuestFault` for one outside memory.
 */
export function buffers(w: Wasi, list: number, count: number): Uint8Array<ArrayBuffer>[] | undefined {
  const { memory } = w;
  if (count >>> 0 > w.context.limits.iovecsMaxCount) return undefined;
  const at = memory.check(list, count * SIZE.CIOVEC);
  const { view } = memory;
  const found: Uint8Array<ArrayBuffer>[] = [];
  let total = 0;
  for (let index = 0; index < count; index++) {
    const entry = at + index * SIZE.CIOVEC;
    const length = view.getUint32(entry + 4, true);
    total += length;
    if (total > 0xffff_ffff) return undefined;
    const bytes = memory.bytes(view.getUint32(entry, true), length);
    if (length > 0) found.push(bytes);
  }
  return found;
}
