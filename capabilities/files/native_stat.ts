/** `statx` and `getdents64`: layouts of the kernel's answers. */
import type { FileKind, FileStat, FolderEntry } from "./files.ts";
import { kindOfMode } from "./host_stat.ts";
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

const ENTRY_KINDS: Readonly<Record<number, FileKind>> = {
  1: "fifo",
  2: "device",
  4: "directory",
  6: "device",
  8: "file",
  10: "link",
  12: "socket",
};

const utf8 = new TextDecoder("utf-8", { fatal: true });
const latin1 = new TextDecoder("latin1");
const NOT_ASCII = /[\u0080-\uffff]/;

/** The entries in a buffer of `getdents64`; names that are not UTF-8 cannot be used and are left out. */
export function readEntries(bytes: Uint8Array<ArrayBuffer>, length: number): FolderEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, length);
  // One decoding for all of the buffer: in it a name of ASCII is just a piece.
  const text = latin1.decode(bytes.subarray(0, length));
  const entries: FolderEntry[] = [];
  for (let at = 0; at < length; at += view.getUint16(at + 16, true)) {
    const end = text.indexOf("\0", at + 19);
    const piece = text.slice(at + 19, end);
    const name = NOT_ASCII.test(piece) ? decoded(bytes.subarray(at + 19, end)) : piece;
    if (name === undefined || name === "." || name === "..") continue;
    const inode = view.getUint32(at, true) + view.getUint32(at + 4, true) * TWO_32;
    entries.push({ name, kind: ENTRY_KINDS[view.getUint8(at + 18)] ?? "unknown", inode });
  }
  return entries;
}

function decoded(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}
