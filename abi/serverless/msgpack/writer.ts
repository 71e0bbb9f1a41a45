/** Writes MessagePack as a list of pieces, so that a large value is not copied before it reaches the guest. */
import { joinPieces } from "../../pieces.ts";

const encoder = new TextEncoder();

/** From this length on, bytes become a piece of their own instead of being copied. */
const PIECE_MIN_BYTES = 2048;

/** Up to this length text is written character by character: a call of the encoder costs more. */
const SHORT_TEXT_MAX_LENGTH = 255;

/** Bytes to be written as text without being looked at. */
export class RawText {
  constructor(readonly bytes: Uint8Array) {}
}

/** MessagePack under construction. */
export class Writer {
  #buffer = new Uint8Array(512);
  #from = 0;
  #at = 0;
  readonly #pieces: Uint8Array[] = [];

  #room(count: number): void {
    if (this.#at + count <= this.#buffer.length) return;
    const buffer = new Uint8Array(Math.max(this.#buffer.length * 2, this.#at - this.#from + count + 64));
    buffer.set(this.#buffer.subarray(this.#from, this.#at));
    this.#buffer = buffer;
    this.#at -= this.#from;
    this.#from = 0;
  }

  #head(byte: number, value: number, width: 0 | 1 | 2 | 4): void {
    this.#room(5);
    this.#buffer[this.#at++] = byte;
    for (let shift = (width - 1) * 8; shift >= 0; shift -= 8) this.#buffer[this.#at++] = value >>> shift;
  }

  /** What was written so far, in order; the writer must not be used after. */
  pieces(): Uint8Array[] {
    this.#flush();
    return this.#pieces;
  }

  #flush(): void {
    if (this.#at > this.#from) this.#pieces.push(this.#buffer.subarray(this.#from, this.#at));
    this.#from = this.#at;
  }

  /** Bytes that are MessagePack already, or the content announced by a head. Large ones are kept, not copied. */
  raw(bytes: Uint8Array): this {
    if (bytes.length >= PIECE_MIN_BYTES) {
      this.#flush();
      this.#pieces.push(bytes);
    } else {
      this.#room(bytes.length);
      this.#buffer.set(bytes, this.#at);
      this.#at += bytes.length;
    }
    return this;
  }

  nil(): this {
    this.#head(0xc0, 0, 0);
    return this;
  }

  bool(value: boolean): this {
    this.#head(value ? 0xc3 : 0xc2, 0, 0);
    return this;
  }

  /** The head of a map of `count` entries, which follow as key, value, key, value. */
  map(count: number): this {
    if (count < 16) this.#head(0x80 | count, 0, 0);
    else if (count < 65_536) this.#head(0xde, count, 2);
    else this.#head(0xdf, count, 4);
    return this;
  }

  /** The head of a list of `count` items, which follow. */
  list(count: number): this {
    if (count < 16) this.#head(0x90 | count, 0, 0);
    else if (count < 65_536) this.#head(0xdc, count, 2);
    else this.#head(0xdd, count, 4);
    return this;
  }

  text(value: string): this {
    if (value.length <= SHORT_TEXT_MAX_LENGTH && this.#shortAscii(value)) return this;
    const bytes = encoder.encode(value);
    const length = bytes.length;
    if (length < 32) this.#head(0xa0 | length, 0, 0);
    else if (length < 256) this.#head(0xd9, length, 1);
    else if (length < 65_536) this.#head(0xda, length, 2);
    else this.#head(0xdb, length, 4);
    return this.raw(bytes);
  }

  /** Writes a short text if it is ASCII. */
  #shortAscii(value: string): boolean {
    const { length } = value;
    this.#room(length + 2);
    const buffer = this.#buffer;
    let at = this.#at;
    if (length < 32) buffer[at++] = 0xa0 | length;
    else {
      buffer[at++] = 0xd9;
      buffer[at++] = length;
    }
    for (let index = 0; index < length; index++) {
      const code = value.charCodeAt(index);
      if (code > 127) return false; // nothing was taken yet: what was written is written over
      buffer[at++] = code;
    }
    this.#at = at;
    return true;
  }

  /** Binary data. */
  bytes(value: Uint8Array): this {
    const length = value.length;
    if (length < 256) this.#head(0xc4, length, 1);
    else if (length < 65_536) this.#head(0xc5, length, 2);
    else this.#head(0xc6, length, 4);
    return this.raw(value);
  }

  /** Text given as bytes, which are not looked at. */
  textBytes(value: Uint8Array): this {
    this.#head(0xdb, value.length, 4);
    return this.raw(value);
  }

  /** A number: an integer in its shortest form, else a double. */
  number(value: number): this {
    if (Number.isInteger(value) && !Object.is(value, -0)) {
      if (value >= 0 && value < 128) this.#head(value, 0, 0);
      else if (value >= 0 && value < 65_536) this.#head(0xcd, value, 2);
      else if (value >= 0 && value <= 0xffff_ffff) this.#head(0xce, value, 4);
      else if (value < 0 && value >= -32) this.#head(value & 0xff, 0, 0);
      else if (value < 0 && value >= -0x8000_0000) this.#head(0xd2, value, 4);
      else this.#wide(0xd3, value);
    } else this.#wide(0xcb, value);
    return this;
  }

  #wide(byte: number, value: number): void {
    const wide = new DataView(new ArrayBuffer(9));
    wide.setUint8(0, byte);
    if (byte === 0xd3 && Number.isSafeInteger(value)) wide.setBigInt64(1, BigInt(value));
    else {
      wide.setUint8(0, 0xcb);
      wide.setFloat64(1, value);
    }
    this.raw(new Uint8Array(wide.buffer));
  }

  /** Plain JavaScript values: objects as maps (entries that are `undefined` left out), typed bytes as binary. */
  any(value: unknown): this {
    if (value === null || value === undefined) return this.nil();
    if (typeof value === "string") return this.text(value);
    if (typeof value === "number") return this.number(value);
    if (typeof value === "boolean") return this.bool(value);
    if (value instanceof Uint8Array) return this.bytes(value);
    if (value instanceof RawText) return this.textBytes(value.bytes);
    if (Array.isArray(value)) {
      this.list(value.length);
      for (const item of value) this.any(item);
      return this;
    }
    return this.#members(value as Record<string, unknown>);
  }

  #members(object: Readonly<Record<string, unknown>>): this {
    const keys = Object.keys(object);
    let count = 0;
    for (const key of keys) if (object[key] !== undefined) count++;
    this.map(count);
    for (const key of keys) if (object[key] !== undefined) this.text(key).any(object[key]);
    return this;
  }
}

/** One value as MessagePack. */
export function encode(value: unknown): Uint8Array {
  return joinPieces(new Writer().any(value).pieces());
}
