/** The writing side of a ring: see `ring.ts`. */
import {
  announce,
  CONTROL_BYTES,
  FILLER,
  FRAME_HEAD_BYTES,
  padded,
  ring,
  type RingMemory,
  RingSide,
  TALLY,
  WORD,
} from "./ring.ts";
import { type SharedCopy, sharedCopy } from "./shared_copy.ts";

/** The writing side. */
export class RingWriter extends RingSide {
  readonly #copy: SharedCopy;
  /** A frame with its head, before it goes into the ring. */
  readonly data: Uint8Array<ArrayBuffer>;
  /** The same bytes. */
  readonly view: DataView<ArrayBuffer>;
  #head = Atomics.load(this.words, WORD.HEAD);
  /** The reader's {@link TAIL} when it was last looked at. */
  #tail = Atomics.load(this.words, WORD.TAIL);
  /** Where the frame goes for which there is room. */
  #at = 0;
  /** Whether the reader hears of frames only by {@link tell}. */
  #quiet = false;
  #untold = false;

  constructor(memory: RingMemory) {
    super(memory);
    this.#copy = sharedCopy(memory.memory, memory.capacityBytes >> 2);
    this.data = new Uint8Array(this.#copy.own);
    this.view = new DataView(this.#copy.own);
  }

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
      this.#copy.out(CONTROL_BYTES + this.#at, 0, FRAME_HEAD_BYTES);
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
    this.#tail = Atomics.load(this.words, WORD.TAIL);
    return (this.#head - this.#tail) >>> 0 <= usedMaxBytes;
  }

  /** Publishes the reserved frame and wakes the reader if it sleeps. */
  commit(kind: number, flags: number, id: number, bytes: number): void {
    this.#writeHead(bytes, kind, flags, id);
    this.#copy.out(CONTROL_BYTES + this.#at, 0, FRAME_HEAD_BYTES + bytes);
    this.#head = (this.#head + FRAME_HEAD_BYTES + padded(bytes)) | 0;
    Atomics.store(this.words, WORD.HEAD, this.#head);
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
    this.tallies[TALLY.SUM] = this.sum + amount;
    if (height > this.peak) this.tallies[TALLY.PEAK] = height;
  }

  /** Adds to {@link sentBytes} and {@link receivedBytes}. */
  countTransfer(sentBytes: number, receivedBytes: number): void {
    this.tallies[TALLY.SENT] = this.sentBytes + sentBytes;
    this.tallies[TALLY.RECEIVED] = this.receivedBytes + receivedBytes;
  }

  /** Asks the reader to tell this side, through its `onRoom`, once it has given room back. */
  wantRoom(): void {
    Atomics.store(this.words, WORD.WANTS_ROOM, 1);
  }

  /** Blocks until the reader has given room back; only for threads that may block. */
  waitForRoom(timeoutMs: number): void {
    this.tell(); // a reader that sleeps would never give room back
    const tail = Atomics.load(this.words, WORD.TAIL);
    this.wantRoom();
    if (((this.#head - tail) >>> 0) > 0) Atomics.wait(this.words, WORD.TAIL, tail, timeoutMs);
  }

  /** Wakes the reader, or has it look around once more, without a frame. */
  ring(): void {
    ring(this.words);
  }
}
