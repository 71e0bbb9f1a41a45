/**
 * A ring of frames in shared memory, for one writer thread (`ring_writer.ts`) and one reader thread (`ring_reader.ts`).
 *
 * Layout of the buffer: 64 bytes of control words, then `capacity` bytes of frames. `HEAD` counts the bytes ever
 * written and `TAIL` those ever read (both modulo 2^32); only their own side stores them. A frame lies in one piece:
 * `[u32 payload bytes][u8 kind, u8 flags, u16 0][u32 id][u32 0][payload, padded to 8]`. Where one would cross the
 * end, a filler covers the rest and the frame begins at the start.
 *
 * A reader sees frames by `HEAD`; `BELL` counts what else it may want to know of: room, work of its own thread. It
 * remembers the count (`listen`), looks at everything, says in `ASLEEP` that it is about to wait, and then waits only
 * if there is still no frame and the count is the same. Whoever finds it asleep rings and makes the system call.
 *
 * Atomic operations are calls in V8: each side keeps what it last saw of the other's word and looks again only when
 * that is used up, and the reader gives room back in larger parts. Each side works in memory of its own thread, from
 * and to which a frame is copied in one piece: `shared_copy.ts` says why.
 */
import { sharedBuffer, sharedMemory } from "./shared_copy.ts";

/** Index of a control word, in the i32 view. */
export const WORD = { HEAD: 0, TAIL: 1, BELL: 2, ASLEEP: 3, WANTS_ROOM: 4 } as const;
/** 64-bit floats for the writer's use: a sum, a peak, and bytes to and from other hosts. */
export const TALLY = { SUM: 4, PEAK: 5, SENT: 6, RECEIVED: 7 } as const;
/** Bytes of control words before the frames. */
export const CONTROL_BYTES = 64;
/** Bytes of a frame before its payload. */
export const FRAME_HEAD_BYTES = 16;
/** The kind of a frame that covers the rest of the ring. */
export const FILLER = 0;

/** One frame, as the reader sees it: its payload is `data[start..end)`, until the next frame is read. */
export interface Frame {
  kind: number;
  flags: number;
  id: number;
  readonly data: Uint8Array<ArrayBuffer>;
  /** The same bytes. */
  readonly view: DataView<ArrayBuffer>;
  start: number;
  end: number;
}

/** What the two sides share. */
export interface RingMemory {
  readonly memory: WebAssembly.Memory;
  /** Bytes of frames: a power of two. */
  readonly capacityBytes: number;
}

/** Makes the memory of a ring; `capacityBytes` is a power of two. */
export function createRing(capacityBytes: number): RingMemory {
  if (capacityBytes < 1024 || (capacityBytes & (capacityBytes - 1)) !== 0) {
    throw new RangeError(
      `cannot make a ring of ${capacityBytes} bytes: the size must be a power of two of at least 1024`,
    );
  }
  return { memory: sharedMemory(CONTROL_BYTES + capacityBytes), capacityBytes };
}

/** The bytes that a payload takes in the ring. */
export const padded = (bytes: number): number => (bytes + 7) & ~7;

/** Tells the reader of what it cannot see by the frames. */
export function ring(words: Int32Array): void {
  Atomics.add(words, WORD.BELL, 1);
  // Whoever takes the flag makes the system call; what else is rung before the reader runs needs none.
  if (Atomics.load(words, WORD.ASLEEP) !== 0 && Atomics.exchange(words, WORD.ASLEEP, 0) !== 0) {
    Atomics.notify(words, WORD.BELL);
  }
}

/** Tells the reader of a frame, of which it hears only when it sleeps or is about to. */
export function announce(words: Int32Array): void {
  if (Atomics.load(words, WORD.ASLEEP) === 0 || Atomics.exchange(words, WORD.ASLEEP, 0) === 0) return;
  Atomics.add(words, WORD.BELL, 1);
  Atomics.notify(words, WORD.BELL);
}

/** What both sides have. */
export class RingSide {
  protected readonly words: Int32Array;
  readonly capacityBytes: number;
  /** The largest payload of one frame: a quarter, so that several fit whatever the position. */
  readonly payloadMaxBytes: number;
  protected readonly tallies: Float64Array<SharedArrayBuffer>;

  constructor({ memory, capacityBytes }: RingMemory) {
    const buffer = sharedBuffer(memory);
    this.tallies = new Float64Array(buffer, 0, CONTROL_BYTES / 8);
    this.words = new Int32Array(buffer, 0, CONTROL_BYTES / 4);
    this.capacityBytes = capacityBytes;
    this.payloadMaxBytes = (capacityBytes >> 2) - FRAME_HEAD_BYTES;
  }

  /** A sum that the writer keeps for the reader to look at, without a frame. */
  get sum(): number {
    return this.tallies[TALLY.SUM] ?? 0;
  }

  /** A highest value, likewise. */
  get peak(): number {
    return this.tallies[TALLY.PEAK] ?? 0;
  }

  /** Bytes that the writer's side sent to other hosts, likewise. */
  get sentBytes(): number {
    return this.tallies[TALLY.SENT] ?? 0;
  }

  /** Bytes that it got from them. */
  get receivedBytes(): number {
    return this.tallies[TALLY.RECEIVED] ?? 0;
  }
}
