/** Lists of NUL-terminated strings, as `args` and `environ` pass them. */
import { Errno } from "./errno.ts";
import type { Wasi } from "./wasi.ts";

const sumLengths = (strings: readonly Uint8Array[]) => strings.reduce((sum, { length }) => sum + length, 0);

/** Writes how many there are and how many bytes they take together. */
export function writeSizes(w: Wasi, strings: readonly Uint8Array[], count: number, size: number): Errno {
  const { memory } = w;
  memory.check(count, 4);
  memory.check(size, 4);
  memory.setU32(count, strings.length);
  memory.setU32(size, sumLengths(strings));
  return Errno.SUCCESS;
}

/** Writes them one after the other, and a pointer to each. Nothing is written when not all of it fits. */
export function writeStrings(
  w: Wasi,
  strings: readonly Uint8Array[],
  pointers: number,
  buffer: number,
): Errno {
  const { memory } = w;
  memory.check(pointers, 4 * strings.length);
  let at = memory.check(buffer, sumLengths(strings));
  strings.forEach((text, index) => {
    memory.setU32((pointers >>> 0) + 4 * index, at);
    memory.write(at, text);
    at += text.length;
  });
  return Errno.SUCCESS;
}
