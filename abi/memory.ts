/** The only door to guest memory: every pointer and length a guest gives is checked here, once. */

const decoder = new TextDecoder("utf-8", { fatal: true });
const encoder = new TextEncoder();

/** Up to this length text is read byte by byte. */
const SHORT_BYTES = 48;

/** A guest named memory that it does not have. */
export class GuestFault extends Error {
  override readonly name = "GuestFault";
}

/**
 * The guest's linear memory. Pointers are i32 as wasm passes them (signed); they are taken as unsigned.
 * Views are re-made when the memory has grown; none may be kept across a call into the guest or a wait.
 */
export class GuestMemory {
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView<ArrayBuffer>;
  readonly #memory: WebAssembly.Memory;

  constructor(memory: WebAssembly.Memory) {
    this.#memory = memory;
    this.#bytes = new Uint8Array(memory.buffer as ArrayBuffer);
    this.#view = new DataView(memory.buffer as ArrayBuffer);
  }

  /** A view of everything. */
  get all(): Uint8Array<ArrayBuffer> {
    if (this.#bytes.length === 0) this.#refresh();
    return this.#bytes;
  }

  /** Little-endian access; `RangeError` past the end is turned into a {@link GuestFault} by {@link check}. */
  get view(): DataView<ArrayBuffer> {
    if (this.#bytes.length === 0) this.#refresh();
    return this.#view;
  }

  // Growing detaches the buffer, which empties every view of it: looking at a view's length is much cheaper than
  // asking the memory for its buffer each time.
  #refresh(): void {
    this.#bytes = new Uint8Array(this.#memory.buffer as ArrayBuffer);
    this.#view = new DataView(this.#memory.buffer as ArrayBuffer);
  }

  /** The pointer as an unsigned number, when `length` bytes (unsigned too) lie there; else {@link GuestFault}. */
  check(pointer: number, length: number): number {
    const start = pointer >>> 0;
    const size = length >>> 0;
    if (start + size > this.#bytes.length) {
      this.#refresh();
      if (start + size > this.#bytes.length) {
        throw new GuestFault(`${size} bytes at ${start} lie outside the memory of ${this.#bytes.length}`);
      }
    }
    return start;
  }

  /** A view of `length` bytes. */
  bytes(pointer: number, length: number): Uint8Array<ArrayBuffer> {
    const start = this.check(pointer, length);
    return this.all.subarray(start, start + (length >>> 0));
  }

  /** Text; throws `TypeError` where it is not UTF-8. */
  text(pointer: number, length: number): string {
    const start = this.check(pointer, length);
    if (length >>> 0 <= SHORT_BYTES) {
      const short = this.#ascii(start, start + length);
      if (short !== undefined) return short;
    }
    return decoder.decode(this.bytes(pointer, length));
  }

  /** Short ASCII, as nearly all paths and names are: a loop takes a fifth of the decoder's time. */
  #ascii(start: number, end: number): string | undefined {
    const bytes = this.#bytes;
    let text = "";
    for (let at = start; at < end; at++) {
      const unit = bytes[at] ?? 0x80;
      if (unit >= 0x80) return undefined;
      text += String.fromCharCode(unit);
    }
    return text;
  }

  /** Copies into the guest. */
  write(pointer: number, source: Uint8Array): void {
    const start = this.check(pointer, source.length);
    this.all.set(source, start);
  }

  /** Writes text as UTF-8 without a terminator; gives its length in bytes. */
  writeText(pointer: number, text: string): number {
    const bytes = encoder.encode(text);
    this.write(pointer, bytes);
    return bytes.length;
  }

  u8(pointer: number): number {
    return this.view.getUint8(this.check(pointer, 1));
  }
  u16(pointer: number): number {
    return this.view.getUint16(this.check(pointer, 2), true);
  }
  u32(pointer: number): number {
    return this.view.getUint32(this.check(pointer, 4), true);
  }
  u64(pointer: number): bigint {
    return this.view.getBigUint64(this.check(pointer, 8), true);
  }
  setU8(pointer: number, value: number): void {
    this.view.setUint8(this.check(pointer, 1), value);
  }
  setU16(pointer: number, value: number): void {
    this.view.setUint16(this.check(pointer, 2), value, true);
  }
  setU32(pointer: number, value: number): void {
    this.view.setUint32(this.check(pointer, 4), value, true);
  }
  setU64(pointer: number, value: bigint): void {
    this.view.setBigUint64(this.check(pointer, 8), value, true);
  }
}
