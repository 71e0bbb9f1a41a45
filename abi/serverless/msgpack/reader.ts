/**
 * Reads MessagePack in place. Made for hostile input: every length is compared with the bytes that are left
 * before anything is allocated or skipped, and nesting is bounded. Text that nobody looks at stays bytes.
 *
 * Source: the MessagePack specification (formats by first byte).
 */
import { MessageError } from "../error.ts";

/** What the next item is. */
export type ItemType = "nil" | "bool" | "int" | "float" | "text" | "bytes" | "list" | "map" | "ext";

const strict = new TextDecoder("utf-8", { fatal: true });
const lenient = new TextDecoder();

/** Up to this length a loop over ASCII is faster than the text decoder. */
const SHORT_TEXT_BYTES = 24;

/** A position in MessagePack bytes. One reader serves many messages: see {@link open}. */
export class Reader {
  #bytes: Uint8Array = new Uint8Array(0);
  #view: DataView | null = null;
  /** Where the next item begins. */
  at = 0;
  /** First byte past the message. */
  end = 0;
  /** The range found by {@link range}. */
  start = 0;
  /** End of the range found by {@link range}. */
  stop = 0;

  /**
   * @param depthMax how deep lists and maps may nest
   * @param badText what becomes of text that is not UTF-8: an error, or replacement characters
   */
  constructor(readonly depthMax: number, readonly badText: "refuse" | "replace" = "refuse") {}

  /** Begins a message: the bytes `at` … `end` of `bytes`, which must lie inside it. */
  open(bytes: Uint8Array, at: number, end: number): this {
    this.#bytes = bytes;
    this.#view = null;
    this.at = at;
    this.end = end;
    return this;
  }

  /** The bytes it reads from. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  get #data(): DataView {
    return this.#view ??= new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.byteLength);
  }

  #need(count: number): void {
    if (count > this.end - this.at) {
      throw new MessageError("invalid", `message ends after ${this.end - this.at} of ${count} bytes`);
    }
  }

  #byte(): number {
    if (this.at >= this.end) throw new MessageError("invalid", "message ends where an item should begin");
    return this.#bytes[this.at++] as number; // inside: at < end
  }

  #uint(width: 1 | 2 | 4): number {
    this.#need(width);
    const at = this.at;
    this.at += width;
    if (width === 1) return this.#data.getUint8(at);
    return width === 2 ? this.#data.getUint16(at) : this.#data.getUint32(at);
  }

  /** The next item's type, without moving. */
  type(): ItemType {
    if (this.at >= this.end) throw new MessageError("invalid", "message ends where an item should begin");
    return typeOf(this.#bytes[this.at] as number);
  }

  /** Whether the next item is nil; moves past it if so. */
  nil(): boolean {
    if (this.at < this.end && this.#bytes[this.at] === 0xc0) {
      this.at++;
      return true;
    }
    return false;
  }

  /** Entries of the map that begins here. */
  map(): number {
    const byte = this.#byte();
    const count = (byte & 0xf0) === 0x80
      ? byte & 0x0f
      : byte === 0xde
      ? this.#uint(2)
      : byte === 0xdf
      ? this.#uint(4)
      : this.#unexpected("a map", byte);
    this.#need(count * 2); // every entry takes two bytes at least
    return count;
  }

  /** Items of the list that begins here. */
  list(): number {
    const byte = this.#byte();
    const count = (byte & 0xf0) === 0x90
      ? byte & 0x0f
      : byte === 0xdc
      ? this.#uint(2)
      : byte === 0xdd
      ? this.#uint(4)
      : this.#unexpected("a list", byte);
    this.#need(count);
    return count;
  }

  /** Finds the bytes of text or binary data: sets {@link start} and {@link stop}, moves past, gives the length. */
  range(): number {
    const byte = this.#byte();
    let length: number;
    if ((byte & 0xe0) === 0xa0) length = byte & 0x1f;
    else if (byte === 0xd9 || byte === 0xc4) length = this.#uint(1);
    else if (byte === 0xda || byte === 0xc5) length = this.#uint(2);
    else if (byte === 0xdb || byte === 0xc6) length = this.#uint(4);
    else this.#unexpected("text or bytes", byte);
    this.#need(length);
    this.start = this.at;
    this.at = this.stop = this.start + length;
    return length;
  }

  /** Text or binary data as a view; it holds only until the memory behind it changes. */
  data(): Uint8Array {
    this.range();
    return this.#bytes.subarray(this.start, this.stop);
  }

  /** Text; binary data is refused. */
  text(): string {
    if (this.type() !== "text") this.#unexpected("text", this.#bytes[this.at] as number);
    this.range();
    return this.rangeText();
  }

  /** The range found last, as text. */
  rangeText(): string {
    const { start, stop } = this;
    const bytes = this.#bytes;
    if (stop - start <= SHORT_TEXT_BYTES) {
      let text = "";
      let at = start;
      for (; at < stop; at++) {
        const code = bytes[at] as number;
        if (code > 0x7f) break;
        text += String.fromCharCode(code);
      }
      if (at === stop) return text;
    }
    try {
      return (this.badText === "refuse" ? strict : lenient).decode(bytes.subarray(start, stop));
    } catch {
      throw new MessageError("invalid", "text is not UTF-8");
    }
  }

  /** Whether the range found last holds exactly these bytes. */
  rangeIs(expected: Uint8Array): boolean {
    const length = expected.length;
    if (this.stop - this.start !== length) return false;
    for (let index = 0; index < length; index++) {
      if (this.#bytes[this.start + index] !== expected[index]) return false;
    }
    return true;
  }

  /** A boolean. */
  bool(): boolean {
    const byte = this.#byte();
    if (byte === 0xc2) return false;
    if (byte === 0xc3) return true;
    return this.#unexpected("true or false", byte);
  }

  /** An integer that a double holds exactly; a float with an integral value counts. */
  int(): number {
    const value = this.number();
    if (!Number.isSafeInteger(value)) throw new MessageError("invalid", `${value} is no integer in range`);
    return value;
  }

  /** Any number, as a double. */
  number(): number {
    const byte = this.#byte();
    if (byte <= 0x7f) return byte;
    if (byte >= 0xe0) return byte - 0x100;
    switch (byte) {
      case 0xcc:
        return this.#uint(1);
      case 0xcd:
        return this.#uint(2);
      case 0xce:
        return this.#uint(4);
      case 0xd0:
        return this.#uint(1) << 24 >> 24;
      case 0xd1:
        return this.#uint(2) << 16 >> 16;
      case 0xd2:
        return this.#uint(4) | 0;
      default:
        return this.#wideNumber(byte);
    }
  }

  #wideNumber(byte: number): number {
    const width = byte === 0xca ? 4 : byte === 0xcb || byte === 0xcf || byte === 0xd3 ? 8 : 0;
    if (width === 0) return this.#unexpected("a number", byte);
    this.#need(width);
    const at = this.at;
    this.at += width;
    if (byte === 0xca) return this.#data.getFloat32(at);
    if (byte === 0xcb) return this.#data.getFloat64(at);
    return Number(byte === 0xcf ? this.#data.getBigUint64(at) : this.#data.getBigInt64(at));
  }

  /** Moves past one item, however it nests. */
  skip(depth = 0): void {
    const type = this.type();
    if (type === "text" || type === "bytes") this.range();
    else if (type === "int" || type === "float") this.number();
    else if (type === "ext") this.#ext();
    else if (type === "map" || type === "list") {
      this.#deeper(depth);
      const count = type === "map" ? this.map() * 2 : this.list();
      for (let index = 0; index < count; index++) this.skip(depth + 1);
    } else this.at++;
  }

  /** One item as JavaScript values: maps become objects without prototype, binary data is copied. */
  any(depth = 0): unknown {
    switch (this.type()) {
      case "nil":
        this.at++;
        return null;
      case "bool":
        return this.bool();
      case "int":
      case "float":
        return this.number();
      case "text":
        return this.text();
      case "bytes":
        return this.data().slice();
      case "ext":
        this.#ext();
        return null;
      case "list": {
        this.#deeper(depth);
        const list: unknown[] = [];
        for (let left = this.list(); left > 0; left--) list.push(this.any(depth + 1));
        return list;
      }
      case "map": {
        this.#deeper(depth);
        const map: Record<string, unknown> = Object.create(null);
        for (let left = this.map(); left > 0; left--) {
          const key = this.text();
          map[key] = this.any(depth + 1);
        }
        return map;
      }
    }
  }

  #deeper(depth: number): void {
    if (depth >= this.depthMax) {
      throw new MessageError("invalid", `message nests deeper than ${this.depthMax}`);
    }
  }

  #ext(): void {
    const byte = this.#byte();
    const length = byte >= 0xd4 && byte <= 0xd8
      ? 1 << (byte - 0xd4)
      : this.#uint(byte === 0xc7 ? 1 : byte === 0xc8 ? 2 : 4);
    this.#need(length + 1);
    this.at += length + 1;
  }

  #unexpected(wanted: string, byte: number): never {
    throw new MessageError("invalid", `expected ${wanted}, found ${typeOf(byte)}`);
  }
}

function typeOf(byte: number): ItemType {
  if (byte <= 0x7f || byte >= 0xe0 || (byte >= 0xcc && byte <= 0xd3)) return "int";
  if (byte <= 0x8f || byte >= 0xde) return "map";
  if (byte <= 0x9f || byte >= 0xdc) return "list";
  if (byte <= 0xbf || byte >= 0xd9) return "text";
  if (byte === 0xc0) return "nil";
  if (byte === 0xc2 || byte === 0xc3) return "bool";
  if (byte >= 0xc4 && byte <= 0xc6) return "bytes";
  if (byte === 0xca || byte === 0xcb) return "float";
  if (byte === 0xc1) throw new MessageError("invalid", "byte 0xc1 begins no item");
  return "ext";
}
