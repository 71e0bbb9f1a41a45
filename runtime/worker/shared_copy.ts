/**
 * Copies between memory that threads share and memory of one thread's own. JavaScript's own way, `set` and `slice` of
 * typed arrays, goes through shared memory eight bytes at a time, each atomically: 26 µs for 64 KiB. WebAssembly's
 * `memory.copy` moves them as the machine does best, 3 µs, and for few bytes it costs less than making a view.
 */

/** Two imported memories, `m.o` the own and `m.s` the shared one, and `memory.copy` (to, from, bytes) both ways. */
// deno-fmt-ignore -- a line for each section
const MODULE = Uint8Array.of(
  0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00,
  0x01, 0x07, 0x01, 0x60, 0x03, 0x7f, 0x7f, 0x7f, 0x00,                   // type (i32, i32, i32) -> ()
  0x02, 0x12, 0x02, 0x01, 0x6d, 0x01, 0x6f, 0x02, 0x00, 0x00,             // import "m" "o" (memory 0)
  0x01, 0x6d, 0x01, 0x73, 0x02, 0x03, 0x00, 0x80, 0x80, 0x04,             // import "m" "s" (memory 0 65536 shared)
  0x03, 0x03, 0x02, 0x00, 0x00,
  0x07, 0x09, 0x02, 0x01, 0x6f, 0x00, 0x00, 0x01, 0x69, 0x00, 0x01,       // export "o" and "i"
  0x0a, 0x1b, 0x02,
  0x0c, 0x00, 0x20, 0x00, 0x20, 0x01, 0x20, 0x02, 0xfc, 0x0a, 0x01, 0x00, 0x0b, // "o": memory.copy, own to shared
  0x0c, 0x00, 0x20, 0x00, 0x20, 0x01, 0x20, 0x02, 0xfc, 0x0a, 0x00, 0x01, 0x0b, // "i": memory.copy, shared to own
);

const PAGE_BYTES = 65_536;

/** Pages for so many bytes. */
const pages = (bytes: number) => Math.ceil(bytes / PAGE_BYTES);

/** Makes memory that threads can share: with a maximum, for without one V8 reserves 4 GiB. */
export function sharedMemory(bytes: number): WebAssembly.Memory {
  return new WebAssembly.Memory({ initial: pages(bytes), maximum: pages(bytes), shared: true });
}

/** The bytes of a shared memory. */
export function sharedBuffer(memory: WebAssembly.Memory): SharedArrayBuffer {
  const { buffer }: { buffer: ArrayBuffer | SharedArrayBuffer } = memory;
  if (buffer instanceof SharedArrayBuffer) return buffer;
  throw new TypeError("this memory is not shared: make it with sharedMemory()");
}

/** Moves bytes: where to, where from, how many. Out of bounds it throws a `WebAssembly.RuntimeError`. */
export type Move = (to: number, from: number, bytes: number) => void;

/** Memory of this thread's own, next to a shared one. */
export interface SharedCopy {
  /** The own memory's bytes. Its pages are taken from the device when they are first touched. */
  readonly own: ArrayBuffer;
  /** From the own memory to the shared one. */
  readonly out: Move;
  /** From the shared memory to the own one. */
  readonly in: Move;
}

/** Makes own memory of so many bytes for a shared one. */
export function sharedCopy(shared: WebAssembly.Memory, ownBytes: number): SharedCopy {
  const own = new WebAssembly.Memory({ initial: pages(ownBytes), maximum: pages(ownBytes) });
  const { buffer }: { buffer: ArrayBuffer | SharedArrayBuffer } = own;
  if (buffer instanceof SharedArrayBuffer) {
    throw new TypeError("memory that was not asked to be shared is shared");
  }
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(MODULE), { m: { o: own, s: shared } });
  return { own: buffer, out: exports.o as Move, in: exports.i as Move }; // as MODULE has them
}
