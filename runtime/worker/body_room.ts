/**
 * Where the body of an answer is put together for `Response`, which takes bytes in memory of its own thread only and
 * copies them. Memory made for each body would be filled, copied and thrown away; for large bodies the pages of new
 * memory cost more than both copies.
 */

/** More than this is not kept for the next body. */
const KEPT_MAX_BYTES = 2 << 20;
const NOTHING = new Uint8Array(0);

/** Room for one body at a time. */
export class BodyRoom {
  #room = NOTHING;
  #body = NOTHING;
  #at = 0;

  /** Begins a body of so many bytes. */
  begin(bytes: number): void {
    if (this.#room.length < bytes) this.#room = new Uint8Array(bytes);
    this.#body = this.#room.length === bytes ? this.#room : this.#room.subarray(0, bytes);
    this.#at = 0;
  }

  /** Takes the next piece; what does not belong to the body any more is a `RangeError`. */
  add(piece: Uint8Array): void {
    this.#body.set(piece, this.#at);
    this.#at += piece.length;
  }

  /** The body, until the next one begins. */
  get body(): Uint8Array<ArrayBuffer> {
    const body = this.#body;
    if (body.length > KEPT_MAX_BYTES) this.clear();
    return body;
  }

  /** Gives the memory back. */
  clear(): void {
    this.#room = this.#body = NOTHING;
  }
}
