/** Host buffers that a guest may copy from or write to, by the reference that was announced to it. */
import type { GuestMemory } from "../memory.ts";
import { GuestFault } from "../memory.ts";

/** Bytes in pieces, handed to the guest without being joined first. */
export type Pieces = readonly Uint8Array[];

/** Up to this length a loop is faster than a call of `set`. */
const SHORT_BYTES = 40;

/** The reference of the present event; others count up from it. */
export const EVENT_REFERENCE = 1n;

/** The buffers of one instance. */
export class BufferTable {
  readonly #readable = new Map<bigint, Pieces>();
  readonly #writable = new Map<bigint, Uint8Array>();
  #event: Pieces | null = null;
  #next = EVENT_REFERENCE;

  /** Holds pieces until {@link drop}; gives their reference. */
  hold(pieces: Pieces): bigint {
    this.#next += 1n;
    this.#readable.set(this.#next, pieces);
    return this.#next;
  }

  /** Makes a buffer that the guest may write. */
  holdWritable(buffer: Uint8Array): bigint {
    this.#next += 1n;
    this.#writable.set(this.#next, buffer);
    return this.#next;
  }

  /** Puts the present event in place, or removes it. */
  setEvent(pieces: Pieces | null): void {
    this.#event = pieces;
  }

  /** Forgets a buffer. */
  drop(reference: bigint): void {
    this.#readable.delete(reference);
    this.#writable.delete(reference);
  }

  /** Forgets all. */
  clear(): void {
    this.#event = null;
    if (this.#next === EVENT_REFERENCE) return;
    this.#readable.clear();
    this.#writable.clear();
    this.#next = EVENT_REFERENCE;
  }

  /** Copies the first `length` bytes of a buffer (fewer when it is shorter) into the guest. */
  copyOut(memory: GuestMemory, pointer: number, reference: bigint, length: number): void {
    const pieces = reference === EVENT_REFERENCE ? this.#event : this.#readable.get(reference);
    if (!pieces) throw new GuestFault(`read the buffer ${reference}: it is unknown or no longer held`);
    copyPieces(memory, pointer, pieces, length);
  }

  /** Copies the guest's bytes into a writable buffer, from its start. */
  copyIn(memory: GuestMemory, pointer: number, reference: bigint, length: number): void {
    const buffer = this.#writable.get(reference);
    const size = length >>> 0;
    if (!buffer) throw new GuestFault(`write the buffer ${reference}: it is unknown or not writable`);
    if (size > buffer.length) {
      throw new GuestFault(`write ${size} bytes into the buffer ${reference} of ${buffer.length}`);
    }
    buffer.set(memory.bytes(pointer, size));
    buffer.fill(0, size);
  }
}

/** Copies at most `length` bytes of the pieces into the guest; nothing is copied when they would not fit. */
export function copyPieces(memory: GuestMemory, pointer: number, pieces: Pieces, length: number): void {
  let left = length >>> 0;
  let total = 0;
  for (const piece of pieces) total += piece.length;
  if (total < left) left = total;
  let at = memory.check(pointer, left);
  const all = memory.all;
  for (const piece of pieces) {
    const count = Math.min(piece.length, left);
    if (count < SHORT_BYTES) {
      for (let index = 0; index < count; index++) all[at + index] = piece[index] as number; // index < length
    } else all.set(count === piece.length ? piece : piece.subarray(0, count), at);
    at += count;
    left -= count;
    if (left === 0) return;
  }
}
