/**
 * A ring of frames in shared memory, for one writer thread and one reader thread.
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
import { sharedBuffer, type SharedCopy, sharedCopy, sharedMemory } from "./shared_copy.ts";

const HEAD = 0;
const TAIL = 1;
const BELL = 2;
const ASLEEP = 3;
const WANTS_ROOM = 4;
/** 64-bit floats for the writer's use: a sum, a peak, and bytes to and from other hosts. */
const SUM_F64 = 4;
const PEAK_F64 = 5;
const SENT_F64 = 6;
const RECEIVED_F64 = 7;
const CONTROL_BYTES = 64;
const FRAME_HEAD_BYTES = 16;
const FILLER = 0;

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

/**
 * How often a blocking reader looks once more before it sleeps: some ten microseconds. Under load the next frame
 * comes within that time, and both sides are spared the system calls of sleeping and waking.
 */
const SPIN_MAX_COUNT = 1_000;

/** What has been read is given back to the writer at the latest when it is this part of the ring. */
const GIVE_BACK_PART = 8;

/** So much is copied out of the ring before a frame's length is known: most frames are shorter. */
const FIRST_COPY_BYTES = 512;

const padded = (bytes: number) => (bytes + 7) & ~7;

/** Tells the reader of what it cannot see by the frames. */
function ring(words: Int32Array): void {
  Atomics.add(words, BELL, 1);
  // Whoever takes the flag makes the system call; what else is rung before the reader runs needs none.
  if (Atomics.load(words, ASLEEP) !== 0 && Atomics.exchange(words, ASLEEP, 0) !== 0) {
    Atomics.notify(words, BELL);
  }
}

/** Tells the reader of a frame, of which it hears only when it sleeps or is about to. */
function announce(words: Int32Array): void {
  if (Atomics.load(words, ASLEEP) === 0 || Atomics.exchange(words, ASLEEP, 0) === 0) return;
  Atomics.add(words, BELL, 1);
  Atomics.notify(words, BELL);
}

class RingSide {
  protected readonly words: Int32Array;
  /** A frame and its head, in memory of this thread. */
  readonly data: Uint8Array<ArrayBuffer>;
  readonly view: DataView<ArrayBuffer>;
  readonly capacityBytes: number;
  /** The largest payload of one frame: a quarter, so that several fit whatever the position. */
  readonly payloadMaxBytes: number;
  protected readonly copy: SharedCopy;
  protected readonly tallies: Float64Array<SharedArrayBuffer>;

  constructor({ memory, capacityBytes }: RingMemory) {
    const buffer = sharedBuffer(memory);
    this.tallies = new Float64Array(buffer, 0, CONTROL_BYTES / 8);
    this.words = new Int32Array(buffer, 0, CONTROL_BYTES / 4);
    this.capacityBytes = capacityBytes;
    this.payloadMaxBytes = (capacityBytes >> 2) - FRAME_HEAD_BYTES;
    this.copy = sharedCopy(memory, capacityBytes >> 2);
    this.data = new Uint8Array(this.copy.own);
    this.view = new DataView(this.copy.own);
  }

  /** A sum that the writer keeps for the reader to look at, without a frame. */
  get sum(): number {
    return this.tallies[SUM_F64] ?? 0;
  }

  /** A highest value, likewise. */
  get peak(): number {
    return this.tallies[PEAK_F64] ?? 0;
  }

  /** Bytes that the writer's side sent to other hosts, likewise. */
  get sentBytes(): number {
    return this.tallies[SENT_F64] ?? 0;
  }

  /** Bytes that it got from them. */
  get receivedBytes(): number {
    return this.tallies[RECEIVED_F64] ?? 0;
  }
}

/** The writing side. */
export class RingWriter extends RingSide {
  #head = Atomics.load(this.words, HEAD);
  /** The reader's {@link TAIL} when it was last looked at. */
  #tail = Atomics.load(this.words, TAIL);
  /** Where the frame goes for which there is room. */
  #at = 0;
  /** Whether the reader hears of frames only by {@link tell}. */
  #quiet = false;
  #untold = false;

  /**
   * Room for a frame of up to `bytes` of payload: where in {@link data} to put it; -1 when the reader must first
   * catch up. Followed by {@link commit} with what was really used, before anything else is written.
   */
  reserve(bytes: number): number {
    if (bytes > this.payloadMaxBytes) {
      throw new RangeError(`a frame of ${bytes} bytes does not fit this ring`);
    }
    const need = FRAME_HEAD_BYTES + padded(bytes);
    this.#at = this.#head & (this.capacityBytes - 1);
    const toEnd = this.capacityBytes - this.#at;
    const wanted = toEnd < need ? toEnd + need : need;
    if (!this.#hasRoom(wanted)) return -1;
    if (toEnd < need) {
      this.#writeHead(toEnd - FRAME_HEAD_BYTES, FILLER, 0, 0);
      this.copy.out(CONTROL_BYTES + this.#at, 0, FRAME_HEAD_BYTES);
      this.#head = (this.#head + toEnd) | 0;
      this.#at = 0;
    }
    return FRAME_HEAD_BYTES;
  }

  #writeHead(bytes: number, kind: number, flags: number, id: number): void {
    this.view.setUint32(0, bytes, true);
    this.view.setUint32(4, kind | (flags << 8), true);
    this.view.setUint32(8, id, true);
  }

  #hasRoom(bytes: number): boolean {
    const usedMaxBytes = this.capacityBytes - bytes;
    if ((this.#head - this.#tail) >>> 0 <= usedMaxBytes) return true;
    this.#tail = Atomics.load(this.words, TAIL);
    return (this.#head - this.#tail) >>> 0 <= usedMaxBytes;
  }

  /** Publishes the reserved frame and wakes the reader if it sleeps. */
  commit(kind: number, flags: number, id: number, bytes: number): void {
    this.#writeHead(bytes, kind, flags, id);
    this.copy.out(CONTROL_BYTES + this.#at, 0, FRAME_HEAD_BYTES + bytes);
    this.#head = (this.#head + FRAME_HEAD_BYTES + padded(bytes)) | 0;
    Atomics.store(this.words, HEAD, this.#head);
    if (this.#quiet) this.#untold = true;
    else announce(this.words);
  }

  /** From now on a reader that sleeps is not woken for each frame, but by {@link tell}. One that is awake sees them. */
  hush(): void {
    this.#quiet = true;
  }

  /** Wakes the reader for the frames since {@link hush}; it is woken for each one again. */
  tell(): void {
    this.#quiet = false;
    if (!this.#untold) return;
    this.#untold = false;
    announce(this.words);
  }

  /** Writes a frame of one piece; `false` when there is no room. */
  write(kind: number, flags: number, id: number, payload: Uint8Array): boolean {
    const at = this.reserve(payload.length);
    if (at < 0) return false;
    this.data.set(payload, at);
    this.commit(kind, flags, id, payload.length);
    return true;
  }

  /** Adds to {@link sum}, raises {@link peak}. */
  count(amount: number, height: number): void {
    this.tallies[SUM_F64] = this.sum + amount;
    if (height > this.peak) this.tallies[PEAK_F64] = height;
  }

  /** Adds to {@link sentBytes} and {@link receivedBytes}. */
  countTransfer(sentBytes: number, receivedBytes: number): void {
    this.tallies[SENT_F64] = this.sentBytes + sentBytes;
    this.tallies[RECEIVED_F64] = this.receivedBytes + receivedBytes;
  }

  /** Asks the reader to tell this side, through its `onRoom`, once it has given room back. */
  wantRoom(): void {
    Atomics.store(this.words, WANTS_ROOM, 1);
  }

  /** Blocks until the reader has given room back; only for threads that may block. */
  waitForRoom(timeoutMs: number): void {
    this.tell(); // a reader that sleeps would never give room back
    const tail = Atomics.load(this.words, TAIL);
    this.wantRoom();
    if (((this.#head - tail) >>> 0) > 0) Atomics.wait(this.words, TAIL, tail, timeoutMs);
  }

  /** Wakes the reader, or has it look around once more, without a frame. */
  ring(): void {
    ring(this.words);
  }
}

/** The reading side. */
export class RingReader extends RingSide {
  /** Up to here frames have been read. */
  #tail = Atomics.load(this.words, TAIL);
  /** Up to here they have been given back. */
  #given = this.#tail;
  /** The writer's {@link HEAD} when it was last looked at. */
  #head = this.#tail;
  readonly #keepMaxBytes = this.capacityBytes / GIVE_BACK_PART;
  #heard = 0;
  readonly #frame: Frame = { kind: 0, flags: 0, id: 0, data: this.data, view: this.view, start: 0, end: 0 };
  readonly #onRoom: () => void;

  /** @param onRoom called when the writer had asked to be told that there is room again */
  constructor(memory: RingMemory, onRoom: () => void) {
    super(memory);
    this.#onRoom = onRoom;
  }

  /** The next frame, or `null`; it takes the place of the one before it. */
  next(): Frame | null {
    for (;;) {
      if (this.#head === this.#tail && !this.#look()) return null;
      const at = CONTROL_BYTES + (this.#tail & (this.capacityBytes - 1));
      const copied = Math.min(FIRST_COPY_BYTES, CONTROL_BYTES + this.capacityBytes - at);
      this.copy.in(0, at, copied);
      const bytes = this.view.getUint32(0, true);
      const word = this.view.getUint32(4, true);
      const kind = word & 0xff;
      if (kind !== FILLER) {
        // What does not fit is not one of our frames; this throws then.
        const whole = FRAME_HEAD_BYTES + bytes;
        if (whole > copied) this.copy.in(copied, at + copied, whole - copied);
        this.#read(bytes, word);
      }
      this.#tail = (this.#tail + FRAME_HEAD_BYTES + padded(bytes)) | 0;
      if ((this.#tail - this.#given) >>> 0 >= this.#keepMaxBytes) this.#giveBack();
      if (kind !== FILLER) return this.#frame;
    }
  }

  #read(bytes: number, word: number): void {
    const frame = this.#frame;
    frame.kind = word & 0xff;
    frame.flags = (word >> 8) & 0xff;
    frame.id = this.view.getUint32(8, true);
    frame.start = FRAME_HEAD_BYTES;
    frame.end = FRAME_HEAD_BYTES + bytes;
  }

  /** Whether the writer has written more. When not, all that was read is given back. */
  #look(): boolean {
    this.#head = Atomics.load(this.words, HEAD);
    if (this.#head !== this.#tail) return true;
    this.#giveBack();
    return false;
  }

  #giveBack(): void {
    if (this.#given === this.#tail) return;
    this.#given = this.#tail;
    Atomics.store(this.words, TAIL, this.#tail);
    if (Atomics.load(this.words, WANTS_ROOM) === 0) return;
    Atomics.store(this.words, WANTS_ROOM, 0);
    Atomics.notify(this.words, TAIL);
    this.#onRoom();
  }

  /** Remembers the bell; to be called before looking for frames and other work, each time around. */
  listen(): void {
    this.#heard = Atomics.load(this.words, BELL);
  }

  /** Blocks until there is a frame, or the bell has rung since {@link listen}. */
  wait(timeoutMs?: number): void {
    this.#giveBack();
    for (let look = 0; look < SPIN_MAX_COUNT; look++) if (this.#hasNews()) return;
    Atomics.store(this.words, ASLEEP, 1);
    // After the store: a writer either sees the flag, or its frame is seen here.
    if (!this.#hasNews()) Atomics.wait(this.words, BELL, this.#heard, timeoutMs);
    Atomics.store(this.words, ASLEEP, 0);
  }

  #hasNews(): boolean {
    return Atomics.load(this.words, HEAD) !== this.#tail || Atomics.load(this.words, BELL) !== this.#heard;
  }

  /** As {@link wait}, without blocking: `null` when there is something already. */
  waitAsync(): Promise<void> | null {
    this.#giveBack();
    Atomics.store(this.words, ASLEEP, 1);
    if (this.#hasNews()) {
      Atomics.store(this.words, ASLEEP, 0);
      return null;
    }
    return this.#bell();
  }

  /** Until the bell; `null` when it has rung already. */
  #bell(): Promise<void> | null {
    const waiting = Atomics.waitAsync(this.words, BELL, this.#heard);
    if (!waiting.async) {
      Atomics.store(this.words, ASLEEP, 0);
      return null;
    }
    return waiting.value.then(() => {
      Atomics.store(this.words, ASLEEP, 0);
    });
  }

  /** One turn of the thread's event loop, in which its sockets and timers have their chance. */
  async turn(): Promise<void> {
    this.listen();
    // Whether there are frames or not: only the event loop's turn is wanted.
    Atomics.store(this.words, ASLEEP, 1);
    const waiting = this.#bell();
    this.wake();
    await waiting;
  }

  /** Rings the reader's own bell: another task of its thread has work for it. */
  wake(): void {
    ring(this.words);
  }
}
