/**
 * Counts what the hot path does, in numbers that no other load on the machine changes: frames through the rings,
 * copies, buffers, views, conversions, instances. The counted functions are wrapped in the realm (main thread or
 * worker) that calls {@link installCounters}; the sums lie in shared memory, so that one side reads both.
 */
import type { Frame } from "../../../runtime/worker/ring.ts";
import { RingReader } from "../../../runtime/worker/ring_reader.ts";
import { RingWriter } from "../../../runtime/worker/ring_writer.ts";

/** What is counted, in the order in which it lies in the memory. */
export const COUNTED = [
  "frames",
  "copies",
  "bytesCopied",
  "buffers",
  "views",
  "promises",
  "abortControllers",
  "json",
  "texts",
  "instances",
] as const;

/** The name of a count. */
export type Count = (typeof COUNTED)[number];

/** Memory for the counts of one realm. */
export function createCounts(): Float64Array<SharedArrayBuffer> {
  return new Float64Array(new SharedArrayBuffer(COUNTED.length * 8));
}

// The wrapped functions are taken and put back by name, whatever their types are.
type Holder = Record<string, (...args: unknown[]) => unknown>;

/** Wraps everything that is counted, in this realm and for good. */
export function installCounters(counts: Float64Array<SharedArrayBuffer>): void {
  const add = (count: Count, by = 1) => counts[COUNTED.indexOf(count)]! += by; // the index is of that very list
  const wrap = (
    holder: object,
    name: string,
    note: (self: unknown, args: unknown[], result: unknown) => void,
  ) => {
    const original = (holder as Holder)[name];
    if (typeof original !== "function") throw new Error(`there is no ${name} to count`);
    (holder as Holder)[name] = function (this: unknown, ...args: unknown[]) {
      const result = original.apply(this, args);
      note(this, args, result);
      return result;
    };
  };
  const copied = (bytes: unknown) => {
    add("copies");
    add("bytesCopied", Number(bytes));
  };
  const length = (value: unknown) => (value as ArrayLike<unknown>).length;
  wrap(RingWriter.prototype, "commit", (_self, [_kind, _flags, _id, bytes]) => {
    add("frames");
    copied(bytes); // into shared memory
  });
  wrap(RingReader.prototype, "next", (_self, _args, result) => {
    const frame = result as Frame | null;
    if (frame) copied(frame.end - frame.start); // out of it
  });
  wrap(Uint8Array.prototype, "set", (_self, [source]) => copied(length(source)));
  wrap(Uint8Array.prototype, "slice", (_self, _args, result) => copied(length(result)));
  for (const type of [Uint8Array, Int32Array]) wrap(type.prototype, "subarray", () => add("views"));
  for (const name of ["parse", "stringify"]) wrap(JSON, name, () => add("json"));
  wrap(TextDecoder.prototype, "decode", () => add("texts"));
  for (const name of ["encode", "encodeInto"]) wrap(TextEncoder.prototype, name, () => add("texts"));
  countNew(globalThis, "Uint8Array", () => add("buffers"));
  countNew(globalThis, "DataView", () => add("views"));
  countNew(globalThis, "Promise", () => add("promises"));
  countNew(globalThis, "AbortController", () => add("abortControllers"));
  countNew(WebAssembly, "Instance", () => add("instances"));
}

function countNew(holder: object, name: string, note: () => void): void {
  const original: unknown = Reflect.get(holder, name);
  if (typeof original !== "function") throw new Error(`there is no ${name} to count`);
  const counting: object = new Proxy(original, {
    construct(target, args, newTarget): object {
      note();
      return Reflect.construct(target, args, newTarget === counting ? target : newTarget);
    },
  });
  Reflect.set(holder, name, counting);
}
