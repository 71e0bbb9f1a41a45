/** `statx` and `getdents64`: layouts of the kernel's answers. */
import type { FileStat } from "./files.ts";
import { kindOfMode } from "./host_stat.ts";
import { KIND_NUMBERS, type NamePacker } from "./listing.ts";
import type { Libc } from "./native_libc.ts";

const AT_SYMLINK_NOFOLLOW = 0x100;
const AT_EMPTY_PATH = 0x1000;
const STATX_BASIC = 0x7ff;
const STATX_BYTES = 256;
const NS_PER_S = 1_000_000_000n;
const TWO_32 = 2 ** 32;

/** `struct statx`, in one buffer that each call fills anew. */
export class Statx {
  readonly #libc: Libc;
  readonly #bytes = new Uint8Array(STATX_BYTES);
  readonly #view = new DataView(this.#bytes.buffer);

  constructor(libc: Libc) {
    this.#libc = libc;
  }

  /** A name in a directory, links not followed; `undefined` when there is nothing. */
  at(directory: number, name: string): FileStat | undefined {
    const { call } = this.#libc;
    const path = this.#libc.name(name);
    const found = this.#libc.find(() =>
      call.statx(directory, path, AT_SYMLINK_NOFOLLOW, STATX_BASIC, this.#bytes)
    );
    return found === undefined ? undefined : this.#read();
  }

  /** What is open. */
  of(descriptor: number): FileStat {
    const { call } = this.#libc;
    const path = this.#libc.name("");
    this.#libc.run(() => call.statx(descriptor, path, AT_EMPTY_PATH, STATX_BASIC, this.#bytes));
    return this.#read();
  }

  #read(): FileStat {
    const view = this.#view;
    return {
      kind: kindOfMode(view.getUint16(28, true)),
      device: view.getUint32(136, true) * 2 ** 20 + view.getUint32(140, true),
      inode: view.getUint32(32, true) + view.getUint32(36, true) * TWO_32,
      links: view.getUint32(16, true),
      sizeBytes: view.getUint32(40, true) + view.getUint32(44, true) * TWO_32,
      accessedNs: this.#time(64),
      modifiedNs: this.#time(112),
      changedNs: this.#time(96),
    };
  }

  /** Preview 1 knows no time before 1970. */
  #time(at: number): bigint {
    const ns = this.#view.getBigInt64(at, true) * NS_PER_S + BigInt(this.#view.getUint32(at + 8, true));
    return ns < 0n ? 0n : ns;
  }
}

/** The numbers of a listing by the kernel's `d_type`. */
const ENTRY_KINDS = new Uint8Array(256);
ENTRY_KINDS[2] = ENTRY_KINDS[6] = KIND_NUMBERS.device;
ENTRY_KINDS[4] = KIND_NUMBERS.directory;
ENTRY_KINDS[8] = KIND_NUMBERS.file;
ENTRY_KINDS[10] = KIND_NUMBERS.link;
ENTRY_KINDS[12] = KIND_NUMBERS.socket;

/** Packs the entries in a buffer of `getdents64`: inode u64 @0, bytes of the record u16 @16, type u8 @18, name @19 and a NUL. */
export function packEntries(packer: NamePacker, bytes: Uint8Array<ArrayBuffer>, length: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, length);
  for (let at = 0, next = 0; at < length; at = next) {
    next = at + view.getUint16(at + 16, true);
    if (isDots(bytes, at + 19)) continue;
    const inode = view.getUint32(at, true) + view.getUint32(at + 4, true) * TWO_32;
    packer.addBytes(bytes, at + 19, next, ENTRY_KINDS[bytes[at + 18] ?? 0] ?? 0, inode);
  }
}

const DOT = 0x2e;

/** Whether a name is `.` or `..`. */
function isDots(bytes: Uint8Array, at: number): boolean {
  if (bytes[at] !== DOT) return false;
  return bytes[at + 1] === 0 || (bytes[at + 1] === DOT && bytes[at + 2] === 0);
}
