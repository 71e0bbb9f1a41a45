/** A cursor over wasm bytes: bounded, and the only place that knows LEB128. */
import { prepareError } from "./errors.ts";

const TEXT = new TextDecoder("utf-8", { fatal: true });

/** Reads from `pos` up to `end`; every read past the end is refused with its offset. */
export class Reader {
  /** @param bytes the whole module, so that offsets are offsets in the file */
  constructor(readonly bytes: Uint8Array, public pos = 0, public end = bytes.length) {}

  /** Whether everything has been read. */
  get done(): boolean {
    return this.pos >= this.end;
  }

  /** One byte. */
  u8(): number {
    const byte = this.pos < this.end ? this.bytes[this.pos] : undefined;
    if (byte === undefined) throw this.malformed("the bytes end early");
    this.pos++;
    return byte;
  }

  /** An unsigned LEB128 of at most 32 bits. */
  u32(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.u8();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw this.malformed("a number is too long");
  }

  /** An unsigned LEB128 of at most 64 bits; exact up to 2^53, which is more than any engine allows. */
  u64(): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.u8();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw this.malformed("a number is too long");
  }

  /** A signed LEB128 of at most 33 bits: type indices and the negative codes of types. */
  s33(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.u8();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return byte & 0x40 ? value - 2 ** (shift + 7) : value;
    }
    throw this.malformed("a number is too long");
  }

  /** Passes over one LEB128 of any width. */
  skipLeb(): void {
    while (this.u8() >= 0x80);
  }

  /** Passes over `count` bytes. */
  skip(count: number): void {
    if (count > this.end - this.pos) throw this.malformed("the bytes end early");
    this.pos += count;
  }

  /** A UTF-8 name with its length in front. */
  name(): string {
    const length = this.u32();
    const start = this.pos;
    this.skip(length);
    return TEXT.decode(this.bytes.subarray(start, this.pos));
  }

  /** A reader over the next `length` bytes, which this one passes. */
  part(length: number): Reader {
    const start = this.pos;
    this.skip(length);
    return new Reader(this.bytes, start, this.pos);
  }

  /** The error for bytes that do not decode, at the present offset. */
  malformed(why: string): Error {
    return prepareError("module-invalid", `decoding the module at offset ${this.pos}: ${why}`, {
      offset: this.pos,
    });
  }
}
