// MessagePack for services. A reader that meets something unexpected stops, gives empty values from then on
// and says so in `failed`.

/** Header names and values in order; names may repeat. */
export class Headers {
  names: string[] = [];
  values: string[] = [];

  /** Adds one more, even when the name is there already. */
  add(name: string, value: string): Headers {
    this.names.push(name);
    this.values.push(value);
    return this;
  }

  /** The first with this name, whatever its case; "" when there is none. */
  get(name: string): string {
    for (let index = 0; index < this.names.length; index++) {
      if (sameName(unchecked(this.names[index]), name)) return unchecked(this.values[index]);
    }
    return "";
  }
}

function lower(code: i32): i32 {
  return code >= 65 && code <= 90 ? code + 32 : code;
}

/** Header names are ASCII; the library's toLowerCase would bring 6 KB of Unicode tables. */
function sameName(one: string, other: string): bool {
  if (one.length != other.length) return false;
  for (let at = 0; at < one.length; at++) {
    if (lower(one.charCodeAt(at)) != lower(other.charCodeAt(at))) return false;
  }
  return true;
}

/** Text or binary data, told apart on the way. */
export class Value {
  constructor(public text: string, public data: Uint8Array | null = null) {}
}

/** Writes MessagePack. */
export class Writer {
  private buffer: Uint8Array = new Uint8Array(256);
  length: i32 = 0;

  /** Where the bytes are. */
  get pointer(): usize {
    return this.buffer.dataStart;
  }

  private room(count: i32): usize {
    const wanted = this.length + count;
    if (wanted > this.buffer.length) {
      const larger = new Uint8Array(max(this.buffer.length * 2, wanted + 64));
      memory.copy(larger.dataStart, this.buffer.dataStart, this.length);
      this.buffer = larger;
    }
    const at = this.buffer.dataStart + this.length;
    this.length = wanted;
    return at;
  }

  private byte(value: i32): void {
    store<u8>(this.room(1), <u8>value);
  }

  private head(first: i32, value: u64, width: i32): void {
    const at = this.room(width + 1);
    store<u8>(at, <u8>first);
    for (let index = 0; index < width; index++) {
      store<u8>(at + 1 + index, <u8>(value >> (8 * (width - 1 - index))));
    }
  }

  private container(count: i32, small: i32, large: i32): void {
    if (count < 16) this.byte(small | count);
    else this.head(large + 1, count, 4);
  }

  /** Bytes that are MessagePack already. */
  raw(from: usize, length: i32): void {
    memory.copy(this.room(length), from, length);
  }
  nil(): void {
    this.byte(0xc0);
  }
  boolean(value: bool): void {
    this.byte(value ? 0xc3 : 0xc2);
  }
  integer(value: i64): void {
    if (value >= 0 && value < 128) this.byte(<i32>value);
    else this.head(0xd3, value, 8);
  }
  map(count: i32): void {
    this.container(count, 0x80, 0xde);
  }
  list(count: i32): void {
    this.container(count, 0x90, 0xdc);
  }
  text(value: string): void {
    const size = String.UTF8.byteLength(value);
    if (size < 32) this.byte(0xa0 | size);
    else this.head(0xdb, size, 4);
    String.UTF8.encodeUnsafe(changetype<usize>(value), value.length, this.room(size));
  }
  bin(value: Uint8Array): void {
    this.head(0xc6, value.length, 4);
    this.raw(value.dataStart, value.length);
  }
  value(value: Value): void {
    const data = value.data;
    if (data !== null) this.bin(data);
    else this.text(value.text);
  }
  valueOrNil(value: Value | null): void {
    if (value === null) this.nil();
    else this.value(value);
  }
  headers(headers: Headers): void {
    this.list(headers.names.length);
    for (let index = 0; index < headers.names.length; index++) {
      this.list(2);
      this.text(unchecked(headers.names[index]));
      this.text(unchecked(headers.values[index]));
    }
  }
  /** What another writer wrote; nil without one. */
  encoded(other: Writer | null): void {
    if (other === null) return this.nil();
    this.raw(other.pointer, other.length);
  }
}

/** Reads MessagePack. */
export class Reader {
  failed: bool = false;

  constructor(private bytes: Uint8Array, private at: i32 = 0) {}

  /** Where the next item begins. */
  get position(): i32 {
    return this.at;
  }

  /** Reads a text and says whether it is this name, whatever its case; makes no string of it. */
  nameIs(name: string): bool {
    const size = this.size();
    const from = this.at;
    this.at += size;
    if (size != name.length) return false;
    for (let index = 0; index < size; index++) {
      if (lower(unchecked(this.bytes[from + index])) != lower(name.charCodeAt(index))) return false;
    }
    return true;
  }

  private fail(): void {
    this.failed = true;
    this.at = this.bytes.length;
  }

  private peek(): i32 {
    return this.at < this.bytes.length ? unchecked(this.bytes[this.at]) : 0xc1;
  }

  private take(): i32 {
    const byte = this.peek();
    if (this.at < this.bytes.length) this.at++;
    else this.fail();
    return byte;
  }

  private unsigned(width: i32): u64 {
    if (this.bytes.length - this.at < width) {
      this.fail();
      return 0;
    }
    let value: u64 = 0;
    for (let index = 0; index < width; index++) value = (value << 8) | unchecked(this.bytes[this.at++]);
    return value;
  }

  private count(small: i32, large: i32): i32 {
    const byte = this.take();
    let count: u64 = 0;
    if ((byte & 0xf0) == small) count = byte & 0x0f;
    else if (byte == large) count = this.unsigned(2);
    else if (byte == large + 1) count = this.unsigned(4);
    else this.fail();
    // Every item takes a byte at least.
    if (count > <u64>(this.bytes.length - this.at)) this.fail();
    return this.failed ? 0 : <i32>count;
  }

  map(): i32 {
    return this.count(0x80, 0xde);
  }
  list(): i32 {
    return this.count(0x90, 0xdc);
  }

  /** Goes to the parameters of a message: how many there are; each is a name and a value. */
  params(): i32 {
    for (let left = this.map(); left > 0 && !this.failed; left--) {
      if (this.text() == "params") return this.map();
      this.skip();
    }
    return 0;
  }

  private size(): i32 {
    const byte = this.take();
    let size: u64 = 0;
    if ((byte & 0xe0) == 0xa0) size = byte & 0x1f;
    else if (byte == 0xd9 || byte == 0xc4) size = this.unsigned(1);
    else if (byte == 0xda || byte == 0xc5) size = this.unsigned(2);
    else if (byte == 0xdb || byte == 0xc6) size = this.unsigned(4);
    else this.fail();
    if (size > <u64>(this.bytes.length - this.at)) this.fail();
    return this.failed ? 0 : <i32>size;
  }

  get nextIsBinary(): bool {
    const byte = this.peek();
    return byte >= 0xc4 && byte <= 0xc6;
  }

  text(): string {
    const size = this.size();
    const text = String.UTF8.decodeUnsafe(this.bytes.dataStart + this.at, size);
    this.at += size;
    return text;
  }

  bin(): Uint8Array {
    const size = this.size();
    const bytes = new Uint8Array(size);
    memory.copy(bytes.dataStart, this.bytes.dataStart + this.at, size);
    this.at += size;
    return bytes;
  }

  boolean(): bool {
    return this.take() == 0xc3;
  }

  integer(): i64 {
    const byte = this.take();
    if (byte < 0x80) return byte;
    if (byte >= 0xe0) return byte - 0x100;
    if (byte >= 0xcc && byte <= 0xcf) return <i64>this.unsigned(1 << (byte - 0xcc));
    if (byte >= 0xd0 && byte <= 0xd3) {
      const width = 1 << (byte - 0xd0);
      const shift = 64 - width * 8;
      return (<i64>this.unsigned(width) << shift) >> shift;
    }
    if (byte == 0xcb) return <i64>reinterpret<f64>(this.unsigned(8));
    this.fail();
    return 0;
  }

  /** Moves past one item. */
  skip(depth: i32 = 0): void {
    const byte = this.peek();
    if (depth > 32) return this.fail();
    let count = 0;
    if ((byte & 0xf0) == 0x80 || byte >= 0xde && byte <= 0xdf) count = this.map() * 2;
    else if ((byte & 0xf0) == 0x90 || byte >= 0xdc && byte <= 0xdd) count = this.list();
    else if ((byte & 0xe0) == 0xa0 || byte >= 0xd9 && byte <= 0xdb || byte >= 0xc4 && byte <= 0xc6) {
      const size = this.size(); // not in one statement: it moves `at` itself
      this.at += size;
    } else if (byte >= 0xc0 && byte <= 0xc3) this.take();
    else this.integer();
    for (; count > 0 && !this.failed; count--) this.skip(depth + 1);
  }
}
