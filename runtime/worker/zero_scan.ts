/**
 * Finds blocks of zeros in a guest's memory. In JavaScript that takes milliseconds while the code is cold, which it is
 * whenever a worker has just started, and Node's `Buffer.compare` brings 1.5 MiB of Node into each worker.
 */

/**
 * `(func (export "f") (param $at i32) (param $end i32) (result i32))` on an imported memory: the first address from
 * `$at` on, in steps of 8, where the eight bytes are not all zero; at least `$end` when there is none.
 */
// deno-fmt-ignore -- a line for each section
const MODULE = Uint8Array.of(
  0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00,
  0x01, 0x07, 0x01, 0x60, 0x02, 0x7f, 0x7f, 0x01, 0x7f,             // type (i32, i32) -> i32
  0x02, 0x08, 0x01, 0x01, 0x6d, 0x01, 0x6d, 0x02, 0x00, 0x00,       // import "m" "m" (memory 0)
  0x03, 0x02, 0x01, 0x00,
  0x07, 0x05, 0x01, 0x01, 0x66, 0x00, 0x00,                         // export "f"
  0x0a, 0x26, 0x01, 0x24, 0x00, 0x02, 0x40, 0x03, 0x40,             // block $out loop $next
  0x20, 0x00, 0x20, 0x01, 0x4f, 0x0d, 0x01,                         //   br_if $out ($at >= $end)
  0x20, 0x00, 0x29, 0x03, 0x00, 0x42, 0x00, 0x52, 0x0d, 0x01,       //   br_if $out (i64.load $at) != 0
  0x20, 0x00, 0x41, 0x08, 0x6a, 0x21, 0x00, 0x0c, 0x00, 0x0b, 0x0b, //   $at += 8; br $next
  0x20, 0x00, 0x0b,
);

/** Tells of a range of a memory whether all of it is zero; both ends are multiples of 8. */
export type ZeroScan = (from: number, to: number) => boolean;

/** Makes the scan of one memory. */
export function zeroScan(memory: WebAssembly.Memory): ZeroScan {
  return scanInWasm(memory) ?? scanInJs(memory);
}

function scanInWasm(memory: WebAssembly.Memory): ZeroScan | null {
  let find: unknown;
  try {
    find = new WebAssembly.Instance(new WebAssembly.Module(MODULE), { m: { m: memory } }).exports.f;
  } catch {
    return null; // a memory with 64-bit addresses
  }
  if (typeof find !== "function") return null;
  return (from, to) => find(from, to) >>> 0 === to;
}

/** Bits, not numbers: as a 64-bit float, -0 would pass for zero. */
function scanInJs(memory: WebAssembly.Memory): ZeroScan {
  const words = new Int32Array(memory.buffer);
  return (from, to) => {
    for (let at = from / 4; at < to / 4; at++) if (words[at] !== 0) return false;
    return true;
  };
}
