/** Growing bytes, for the few parts of a module that are written rather than copied. */

const TEXT = new TextEncoder();

/** Appends to a buffer that doubles as needed. */
export class Writer {
  #bytes: Uint8Array<ArrayBuffer>;
  #length = 0;

  /** @param capacity bytes to begin with; a good guess saves copies */
  constructor(capacity = 64) {
    this.#bytes = new Uint8Array(Math.max(capacity, 16));
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#length;
  }

  /** One byte. */
  u8(value: number): this {
    this.#room(1);
    this.#bytes[this.#length++] = value;
    return this;
  }

  /** An unsigned LEB128; `value` is a whole number from 0. */
  u32(value: number): this {
    this.#room(10);
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes[this.#length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes[this.#length++] = rest;
    return this;
  }

  /** A signed LEB128; `value` is a whole number from 0. */
  signed(value: number): this {
    let rest = value;
    while (rest >= 0x40) {
      this.u8((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    return this.u8(rest);
  }

  /** Bytes as they are. */
  raw(bytes: Uint8Array | readonly number[]): this {
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
    return this;
  }

  /** The bytes of `source` from `from` up to `to`. */
  range(source: Uint8Array, from: number, to: number): this {
    return this.raw(source.subarray(from, to));
  }

  /** A UTF-8 name with its length in front. */
  name(text: string): this {
    const bytes = TEXT.encode(text);
    return this.u32(bytes.length).raw(bytes);
  }

  /** What was written; the writer must not be used afterwards. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }

  #room(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}

/** How many bytes {@link Writer.u32} takes for `value`. */
export function lebLength(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) length++;
  return length;
}
