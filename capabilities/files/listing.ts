/**
 * Names of a folder as they were at one time, packed: what a guest gets is a piece of these bytes.
 *
 * Each entry: number of the next one u64 @0, inode u64 @8 (0 while it is not known), bytes of the name u32 @16, kind
 * u32 @20 ({@link KIND_NUMBERS}), the name as UTF-8 @24. It is the form in which preview 1 hands a folder to its
 * guests, so that this takes one copy; others read it through {@link PackedNames.entries}.
 */
import type { FileKind, FolderEntry } from "./files.ts";

const HEAD_BYTES = 24;
const TWO_32 = 2 ** 32;

/** The numbers of kinds in a listing; `unknown` for whatever has none of its own. */
export const KIND_NUMBERS: Readonly<Record<FileKind, number>> = {
  unknown: 0,
  fifo: 0,
  device: 2,
  directory: 3,
  file: 4,
  socket: 6,
  link: 7,
};

const KINDS: readonly FileKind[] = [
  "unknown",
  "unknown",
  "device",
  "directory",
  "file",
  "unknown",
  "socket",
  "link",
];

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/** A finished list. Only inode numbers that were not known are still filled in. */
export class PackedNames {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  /** Where each entry begins, and where the last one ends. */
  readonly #offsets: Uint32Array;
  #unknown: boolean;

  constructor(bytes: Uint8Array, offsets: Uint32Array, unknown: boolean) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#offsets = offsets;
    this.#unknown = unknown;
  }

  /** How many entries there are, `.` and `..` among them. */
  get count(): number {
    return this.#offsets.length - 1;
  }

  /** What it takes in memory. */
  get sizeBytes(): number {
    return this.#bytes.length + this.#offsets.byteLength;
  }

  /** Says the inode of an entry. */
  setInode(index: number, inode: number): void {
    const at = this.#at(index);
    this.#view.setUint32(at + 8, inode % TWO_32, true);
    this.#view.setUint32(at + 12, Math.floor(inode / TWO_32), true);
  }

  /**
   * Copies entries from `first` on, the last one cut where `into` ends; gives how many bytes it copied.
   * @param inodeOf asked for what is not known yet, and only for what is copied
   */
  copy(first: number, into: Uint8Array, inodeOf: (name: string) => number): number {
    if (first >= this.count) return 0;
    const start = this.#at(first);
    const end = Math.min(this.#bytes.length, start + into.length);
    if (this.#unknown) this.#learn(first, end, inodeOf);
    into.set(this.#bytes.subarray(start, end));
    return end - start;
  }

  #learn(first: number, end: number, inodeOf: (name: string) => number): void {
    const last = this.count - 1;
    for (let index = first; index <= last && this.#at(index) < end; index++) {
      if (this.#inode(index) === 0) this.setInode(index, inodeOf(this.#name(index)));
    }
    if (first <= 2 && end === this.#bytes.length) this.#unknown = false;
  }

  /** All but `.` and `..`, as objects. */
  entries(): FolderEntry[] {
    const entries: FolderEntry[] = [];
    for (let index = 2; index < this.count; index++) {
      const kind = KINDS[this.#view.getUint32(this.#at(index) + 20, true)] ?? "unknown";
      entries.push({ name: this.#name(index), kind });
    }
    return entries;
  }

  #at(index: number): number {
    return this.#offsets[index] ?? this.#bytes.length;
  }

  #inode(index: number): number {
    const at = this.#at(index);
    return this.#view.getUint32(at + 8, true) + this.#view.getUint32(at + 12, true) * TWO_32;
  }

  #name(index: number): string {
    const bytes = this.#bytes;
    const start = this.#at(index) + HEAD_BYTES;
    const end = this.#at(index + 1);
    let name = "";
    for (let at = start; at < end; at++) {
      const unit = bytes[at] ?? 0x80;
      if (unit >= 0x80) return decoder.decode(bytes.subarray(start, end));
      name += String.fromCharCode(unit);
    }
    return name;
  }
}

/** Packs names one after the other; `.` and `..` are there from the beginning. */
export class NamePacker {
  #bytes = new Uint8Array(4096);
  #view = new DataView(this.#bytes.buffer);
  #offsets = new Uint32Array(128);
  #count = 0;
  #end = 0;
  #unknown = false;

  constructor() {
    this.add(".", "directory", 0);
    this.add("..", "directory", 0);
  }

  /** Adds a name; inode 0 means that it is not known. */
  add(name: string, kind: FileKind, inode: number): void {
    const at = this.#room(name.length * 3);
    const bytes = this.#bytes;
    const end = at + name.length;
    let unit = 0;
    // Nearly all names are short ASCII, for which a loop is several times faster than the encoder.
    for (let to = at; to < end && unit < 0x80; to++) {
      unit = name.charCodeAt(to - at);
      bytes[to] = unit;
    }
    const written = unit < 0x80 ? name.length : encoder.encodeInto(name, bytes.subarray(at)).written;
    this.#close(written, KIND_NUMBERS[kind], inode);
    if (inode === 0) this.#unknown = true;
  }

  /** Adds the name (its kind by {@link KIND_NUMBERS}) between `start` and the first NUL before `end`. One that is no UTF-8 cannot be used and is left out. */
  addBytes(source: Uint8Array, start: number, end: number, kindNumber: number, inode: number): void {
    const at = this.#room(end - start);
    const bytes = this.#bytes;
    let to = at, seen = 0;
    for (let from = start; from < end; from++) {
      const byte = source[from] ?? 0;
      if (byte === 0) break;
      bytes[to++] = byte;
      seen |= byte;
    }
    if (seen < 0x80 || isUtf8(bytes.subarray(at, to))) this.#close(to - at, kindNumber, inode);
  }

  /** Makes room for an entry; gives where its name goes. */
  #room(nameBytes: number): number {
    const needed = this.#end + HEAD_BYTES + nameBytes;
    if (needed > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
      larger.set(this.#bytes.subarray(0, this.#end));
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    if (this.#count + 2 > this.#offsets.length) {
      const larger = new Uint32Array(this.#offsets.length * 2);
      larger.set(this.#offsets);
      this.#offsets = larger;
    }
    return this.#end + HEAD_BYTES;
  }

  #close(nameBytes: number, kind: number, inode: number): void {
    const view = this.#view;
    const at = this.#end;
    const high = Math.floor(inode / TWO_32);
    this.#offsets[this.#count++] = at;
    view.setUint32(at, this.#count, true);
    view.setUint32(at + 4, 0, true);
    view.setUint32(at + 8, inode - high * TWO_32, true);
    view.setUint32(at + 12, high, true);
    view.setUint32(at + 16, nameBytes, true);
    view.setUint32(at + 20, kind, true);
    this.#end = at + HEAD_BYTES + nameBytes;
    this.#offsets[this.#count] = this.#end;
  }

  /** The list; nothing may be added after it. */
  finish(): PackedNames {
    const offsets = this.#offsets.slice(0, this.#count + 1);
    return new PackedNames(this.#bytes.slice(0, this.#end), offsets, this.#unknown);
  }
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    decoder.decode(bytes);
    return true;
  } catch {
    return false;
  }
}
