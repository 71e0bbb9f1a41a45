/**
 * Memory shared by `berth run` and its worker: a ring for input, and a word for the answer to a link request.
 * The worker may block on either; the host only ever waits asynchronously.
 */

const RING_BYTES = 1 << 18;

// Words of the head, as indexes of an Int32Array.
const WRITTEN = 0; // bytes ever written, wrapping
const READ = 1; // bytes ever read, wrapping
const ENDED = 2; // 1 when no more will be written
const ANSWER = 3; // 0 waiting, else the answer plus one
const HEAD_BYTES = 16;

/** A new piece of shared memory. */
export function newShared(): SharedArrayBuffer {
  return new SharedArrayBuffer(HEAD_BYTES + RING_BYTES);
}

/** Both sides' view of it. */
export class RunShared {
  readonly #head: Int32Array;
  readonly #ring: Uint8Array;

  constructor(shared: SharedArrayBuffer) {
    this.#head = new Int32Array(shared, 0, HEAD_BYTES / 4);
    this.#ring = new Uint8Array(shared, HEAD_BYTES);
  }

  /** Bytes that wait to be read. */
  get waiting(): number {
    return (Atomics.load(this.#head, WRITTEN) - Atomics.load(this.#head, READ)) | 0;
  }

  /** Whether the host has written the last of the input. */
  get ended(): boolean {
    return Atomics.load(this.#head, ENDED) === 1;
  }

  /** Host: writes all of the bytes, waiting for room. */
  async write(bytes: Uint8Array): Promise<void> {
    let at = 0;
    while (at < bytes.length) {
      const read = Atomics.load(this.#head, READ);
      const written = Atomics.load(this.#head, WRITTEN);
      const room = RING_BYTES - ((written - read) | 0);
      if (room === 0) {
        const wait = Atomics.waitAsync(this.#head, READ, read);
        if (wait.async) await wait.value;
        continue;
      }
      const from = (written >>> 0) % RING_BYTES;
      const piece = bytes.subarray(at, at + Math.min(room, RING_BYTES - from));
      this.#ring.set(piece, from);
      at += piece.length;
      Atomics.store(this.#head, WRITTEN, (written + piece.length) | 0);
      Atomics.notify(this.#head, WRITTEN);
    }
  }

  /** Host: there is no more input. */
  end(): void {
    Atomics.store(this.#head, ENDED, 1);
    Atomics.notify(this.#head, WRITTEN);
  }

  /** Worker: up to `max` bytes, blocking until there is one or the end. */
  read(max: number): Uint8Array {
    for (;;) {
      const written = Atomics.load(this.#head, WRITTEN);
      if (this.waiting > 0) break;
      if (this.ended) {
        if (this.waiting > 0) break;
        return new Uint8Array();
      }
      // The bound only guards against an end that falls between the two looks above.
      Atomics.wait(this.#head, WRITTEN, written, 50);
    }
    const read = Atomics.load(this.#head, READ);
    const from = (read >>> 0) % RING_BYTES;
    const length = Math.min(max, this.waiting, RING_BYTES - from);
    const bytes = this.#ring.slice(from, from + length);
    Atomics.store(this.#head, READ, (read + length) | 0);
    Atomics.notify(this.#head, READ);
    return bytes;
  }

  /** Worker: blocks until there is input or its end, but not for long: for a first look at input that is just being read. */
  settle(timeoutMs: number): void {
    if (this.waiting === 0 && !this.ended) Atomics.wait(this.#head, WRITTEN, 0, timeoutMs);
  }

  /** Worker: resolves when there is input or its end, or after the time. */
  async ready(timeoutMs: number): Promise<void> {
    const written = Atomics.load(this.#head, WRITTEN);
    if (this.waiting > 0 || this.ended) return;
    const wait = Atomics.waitAsync(this.#head, WRITTEN, written, timeoutMs);
    if (wait.async) await wait.value;
  }

  /** Host: answers a request. */
  answer(value: number): void {
    Atomics.store(this.#head, ANSWER, value + 1);
    Atomics.notify(this.#head, ANSWER);
  }

  /** Worker: blocks for the answer to the request that was just posted; `undefined` when none comes. */
  takeAnswer(timeoutMs: number): number | undefined {
    Atomics.wait(this.#head, ANSWER, 0, timeoutMs);
    const value = Atomics.exchange(this.#head, ANSWER, 0);
    return value === 0 ? undefined : value - 1;
  }
}
