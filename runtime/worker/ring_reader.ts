/** The reading side of a ring: see `ring.ts`. */
import {
  CONTROL_BYTES,
  FILLER,
  type Frame,
  FRAME_HEAD_BYTES,
  padded,
  ring,
  type RingMemory,
  RingSide,
  WORD,
} from "./ring.ts";
import { type SharedCopy, sharedCopy } from "./shared_copy.ts";

/**
 * How often a blocking reader looks once more before it sleeps: some ten microseconds. Under load the next frame
 * comes within that time, and both sides are spared the system calls of sleeping and waking.
 */
const SPIN_MAX_COUNT = 1_000;

/** What has been read is given back to the writer at the latest when it is this part of the ring. */
const GIVE_BACK_PART = 8;

/** So much is copied out of the ring before a frame's length is known: most frames are shorter. */
const FIRST_COPY_BYTES = 512;

/** The reading side. */
export class RingReader extends RingSide {
  /** Up to here frames have been read. */
  #tail = Atomics.load(this.words, WORD.TAIL);
  /** Up to here they have been given back. */
  #given = this.#tail;
  /** The writer's {@link HEAD} when it was last looked at. */
  #head = this.#tail;
  readonly #keepMaxBytes = this.capacityBytes / GIVE_BACK_PART;
  #heard = 0;
  /** Room for a frame, and behind it for what is gathered. */
  #copy!: SharedCopy;
  #frame!: Frame;
  readonly #frameMaxBytes = this.capacityBytes >> 2;
  #gatherKind = FILLER;
  #gatherAt = 0;
  #gatherEnd = 0;

  /** @param onRoom called when the writer had asked to be told that there is room again */
  constructor(private readonly ring: RingMemory, private readonly onRoom: () => void) {
    super(ring);
    this.#make(0);
  }

  #make(gatherBytes: number): void {
    this.#copy = sharedCopy(this.ring.memory, this.#frameMaxBytes + gatherBytes);
    const { own } = this.#copy;
    this.#frame = {
      kind: 0,
      flags: 0,
      id: 0,
      data: new Uint8Array(own),
      view: new DataView(own),
      start: 0,
      end: 0,
    };
  }

  /** The next frame, or `null`; it takes the place of the one before it. */
  next(): Frame | null {
    for (;;) {
      if (this.#head === this.#tail && !this.#look()) return null;
      this.#tail = (this.#tail + this.#read(this.#tail & (this.capacityBytes - 1))) | 0;
      if ((this.#tail - this.#given) >>> 0 >= this.#keepMaxBytes) this.#giveBack();
      if (this.#frame.kind !== FILLER) return this.#frame;
    }
  }

  /**
   * Copies a frame out of the ring; gives the bytes that it takes there. The other side may write anything at any
   * time: what is looked at is the copy, and what cannot be one of our frames throws.
   */
  #read(offset: number): number {
    const frame = this.#frame, copy = this.#copy;
    const toEnd = this.capacityBytes - offset, at = CONTROL_BYTES + offset;
    const copied = Math.min(FIRST_COPY_BYTES, toEnd);
    copy.in(0, at, copied);
    const bytes = frame.view.getUint32(0, true);
    const size = FRAME_HEAD_BYTES + padded(bytes);
    const word = frame.view.getUint32(4, true);
    frame.kind = word & 0xff;
    frame.flags = (word >> 8) & 0xff;
    frame.id = frame.view.getUint32(8, true);
    frame.start = FRAME_HEAD_BYTES;
    const fits = frame.kind === FILLER
      ? size === toEnd && size <= this.#frameMaxBytes
      : bytes <= this.payloadMaxBytes && size <= toEnd;
    if (!fits || size > (this.#head - this.#tail) >>> 0) {
      throw new RangeError(`a frame of ${bytes} bytes came out of a ring`);
    }
    if (frame.kind === FILLER) return size;
    if (frame.kind === this.#gatherKind) this.#gather(at + FRAME_HEAD_BYTES, bytes);
    else if (FRAME_HEAD_BYTES + bytes > copied) {
      copy.in(copied, at + copied, FRAME_HEAD_BYTES + bytes - copied);
    }
    frame.end = frame.start + bytes;
    return size;
  }

  // Payloads put together

  /**
   * From now on the payloads of frames of this kind are put one behind the other, up to this sum, without another copy;
   * then {@link gathered} has them.
   */
  gather(kind: number, bytes: number): void {
    if (this.#gatherKind !== FILLER) {
      throw new RangeError("a body was announced while another one is being put together");
    }
    if (this.#frame.data.length < this.#frameMaxBytes + bytes) this.#make(bytes);
    this.#gatherKind = kind;
    this.#gatherAt = this.#frameMaxBytes;
    this.#gatherEnd = this.#frameMaxBytes + bytes;
  }

  #gather(from: number, bytes: number): void {
    if (this.#gatherAt + bytes > this.#gatherEnd) {
      throw new RangeError("more came out of a ring than was announced");
    }
    this.#copy.in(this.#gatherAt, from, bytes);
    this.#frame.start = this.#gatherAt;
    this.#gatherAt += bytes;
    if (this.#gatherAt === this.#gatherEnd) this.#gatherKind = FILLER;
  }

  /** What was put together last; until the next time, or {@link forget}. */
  get gathered(): Uint8Array<ArrayBuffer> {
    return this.#frame.data.subarray(this.#frameMaxBytes, this.#gatherAt);
  }

  /** Gives the memory of what was put together back, when nothing is being put together and it is more than this. */
  forget(keptMaxBytes: number): void {
    const bytes = this.#frame.data.length - this.#frameMaxBytes;
    if (bytes > keptMaxBytes && this.#gatherKind === FILLER) this.#make(0);
  }

  /** Whether the writer has written more. When not, all that was read is given back. */
  #look(): boolean {
    this.#head = Atomics.load(this.words, WORD.HEAD);
    if (this.#head !== this.#tail) {
      if ((this.#head - this.#tail) >>> 0 <= this.capacityBytes) return true;
      throw new RangeError("more was written into a ring than there was room for");
    }
    this.#giveBack();
    return false;
  }

  #giveBack(): void {
    if (this.#given === this.#tail) return;
    this.#given = this.#tail;
    Atomics.store(this.words, WORD.TAIL, this.#tail);
    if (Atomics.load(this.words, WORD.WANTS_ROOM) === 0) return;
    Atomics.store(this.words, WORD.WANTS_ROOM, 0);
    Atomics.notify(this.words, WORD.TAIL);
    this.onRoom();
  }

  /** Remembers the bell; to be called before looking for frames and other work, each time around. */
  listen(): void {
    this.#heard = Atomics.load(this.words, WORD.BELL);
  }

  /** Blocks until there is a frame, or the bell has rung since {@link listen}; `false` when the time was over before. */
  wait(timeoutMs?: number): boolean {
    this.#giveBack();
    for (let look = 0; look < SPIN_MAX_COUNT; look++) if (this.#hasNews()) return true;
    Atomics.store(this.words, WORD.ASLEEP, 1);
    // After the store: a writer either sees the flag, or its frame is seen here.
    const inVain = !this.#hasNews() &&
      Atomics.wait(this.words, WORD.BELL, this.#heard, timeoutMs) === "timed-out";
    Atomics.store(this.words, WORD.ASLEEP, 0);
    return !inVain;
  }

  #hasNews(): boolean {
    return Atomics.load(this.words, WORD.HEAD) !== this.#tail ||
      Atomics.load(this.words, WORD.BELL) !== this.#heard;
  }

  /** As {@link wait}, without blocking: `null` when there is something already. */
  waitAsync(): Promise<void> | null {
    this.#giveBack();
    Atomics.store(this.words, WORD.ASLEEP, 1);
    if (this.#hasNews()) {
      Atomics.store(this.words, WORD.ASLEEP, 0);
      return null;
    }
    return this.#bell();
  }

  /** Until the bell; `null` when it has rung already. */
  #bell(): Promise<void> | null {
    const waiting = Atomics.waitAsync(this.words, WORD.BELL, this.#heard);
    if (!waiting.async) {
      Atomics.store(this.words, WORD.ASLEEP, 0);
      return null;
    }
    return waiting.value.then(() => {
      Atomics.store(this.words, WORD.ASLEEP, 0);
    });
  }

  /** One turn of the thread's event loop, in which its sockets and timers have their chance. */
  async turn(): Promise<void> {
    this.listen();
    // Whether there are frames or not: only the event loop's turn is wanted.
    Atomics.store(this.words, WORD.ASLEEP, 1);
    const waiting = this.#bell();
    this.wake();
    await waiting;
  }

  /** Rings the reader's own bell: another task of its thread has work for it. */
  wake(): void {
    ring(this.words);
  }
}
