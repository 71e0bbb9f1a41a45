/** Splits a stream of bytes into lines of bounded length. */

const decoder = new TextDecoder();
const NEWLINE = 10;
const CARRIAGE_RETURN = 13;

/** Collects bytes until a line is complete; what is past the bound is counted, not kept. */
export class LineBuffer {
  readonly #maxBytes: number;
  readonly #emit: (line: string, bytes: number) => void;
  #held = new Uint8Array(256);
  #heldBytes = 0;
  #cutBytes = 0;

  /**
   * @param maxBytes what is kept of one line
   * @param emit gets each line without its end, and its length as written
   */
  constructor(maxBytes: number, emit: (line: string, bytes: number) => void) {
    this.#maxBytes = maxBytes;
    this.#emit = emit;
  }

  /** Takes bytes, which are copied. */
  write(bytes: Uint8Array): void {
    let from = 0;
    while (from < bytes.length) {
      const end = bytes.indexOf(NEWLINE, from);
      if (end < 0) {
        this.#hold(bytes.subarray(from));
        return;
      }
      this.#hold(bytes.subarray(from, end));
      this.#line();
      from = end + 1;
    }
  }

  /** Gives out a line that has no end yet. */
  flush(): void {
    if (this.#heldBytes > 0) this.#line();
  }

  #hold(bytes: Uint8Array): void {
    const kept = Math.min(bytes.length, this.#maxBytes - this.#heldBytes);
    this.#cutBytes += bytes.length - kept;
    if (this.#heldBytes + kept > this.#held.length) {
      const larger = new Uint8Array(Math.min(this.#maxBytes, 2 * (this.#heldBytes + kept)));
      larger.set(this.#held.subarray(0, this.#heldBytes));
      this.#held = larger;
    }
    this.#held.set(bytes.subarray(0, kept), this.#heldBytes);
    this.#heldBytes += kept;
  }

  #line(): void {
    const bytes = this.#heldBytes + this.#cutBytes;
    const last = this.#held[this.#heldBytes - 1];
    const end = this.#heldBytes > 0 && last === CARRIAGE_RETURN ? this.#heldBytes - 1 : this.#heldBytes;
    const text = decoder.decode(this.#held.subarray(0, end));
    const line = this.#cutBytes > 0 ? `${text} [cut: ${this.#cutBytes} more bytes]` : text;
    this.#heldBytes = 0;
    this.#cutBytes = 0;
    this.#emit(line, bytes);
  }
}
