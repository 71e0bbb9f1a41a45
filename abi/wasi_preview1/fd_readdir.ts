/** Group `fd`, last part: the names in a folder. */
import type { Folder, FolderEntry } from "../../capabilities/files/files.ts";
import { CAUSE, wasi, type WasiFunction } from "./call.ts";
import { Errno } from "./errno.ts";
import { fileTypeOf, setU64Number, SIZE } from "./layout.ts";
import { Right } from "./rights.ts";
import type { Wasi } from "./wasi.ts";

const encoder = new TextEncoder();

/** `.` and `..` come first; the cookie of the entry at index `i` of the listing is `i + 2`, of its successor `i + 3`. */
const DOTS: readonly FolderEntry[] = [{ name: ".", kind: "directory" }, { name: "..", kind: "directory" }];

/** Inodes are looked up in groups of this many, as far as the buffer has room. */
const INODES_AT_ONCE = 32;

/**
 * `fd_readdir(fd, buf, buf_len, cookie, bufused) -> errno`. Fills the buffer with entries from the cookie on and writes
 * how much of it is used, u32; less than its length means the end. The last entry is cut where the buffer ends. Each:
 * next cookie u64 @0, inode u64 @8, name length u32 @16, type u8 @20, name @24.
 *
 * The names are taken when cookie 0 is asked for and stay until it is asked for again: cookies keep their meaning
 * while files come and go.
 */
const fdReaddir = wasi("fd_readdir", "fd:fd buf:out buf_len:len cookie:cookie bufused:out", {
  summary: "Lists a folder.",
  errors: {
    BADF: CAUSE.BADF,
    FAULT: CAUSE.FAULT,
    IO: CAUSE.IO,
    NOENT: "the folder was removed or moved by another program",
    NOTCAPABLE: CAUSE.NOTCAPABLE,
    NOTDIR: "the descriptor is not a folder",
  },
}, (w, fd: number, buffer: number, length: number, cookie: bigint, used: number) => {
  const descriptor = w.descriptors.get(fd);
  if (descriptor === undefined) return Errno.BADF;
  const { resource } = descriptor;
  if (resource.type !== "folder") return Errno.NOTDIR;
  if ((descriptor.rights & Right.FD_READDIR) === 0) return descriptor.lacks(Right.FD_READDIR);
  w.memory.check(buffer, length);
  w.memory.check(used, 4);
  if (cookie === 0n || descriptor.listing === undefined) descriptor.listing = DOTS.concat(resource.entries());
  const listing = descriptor.listing;
  const from = BigInt.asUintN(64, cookie);
  const first = from > BigInt(listing.length) ? listing.length : Number(from);
  w.memory.setU32(used, fill(w, resource, listing, first, buffer >>> 0, length >>> 0));
  return Errno.SUCCESS;
});

/** Writes entries until the buffer is full; gives how much of it is used. */
function fill(
  w: Wasi,
  folder: Folder,
  listing: readonly FolderEntry[],
  first: number,
  buffer: number,
  length: number,
): number {
  const end = buffer + length;
  let at = buffer;
  let index = first;
  while (index < listing.length && at < end) {
    const room = 1 + Math.floor((end - at) / SIZE.DIRENT);
    const group = listing.slice(index, index + Math.min(INODES_AT_ONCE, room));
    const inodes = inodesOf(folder, group, index);
    for (const [offset, entry] of group.entries()) {
      if (at >= end) break;
      at = writeEntry(w, entry, inodes[offset] ?? 0, index + offset + 1, at, end);
    }
    index += group.length;
  }
  return at - buffer;
}

function inodesOf(folder: Folder, group: readonly FolderEntry[], index: number): number[] {
  if (index >= DOTS.length) return inodesOfNames(folder, group);
  const dots = [folder.stat().inode, folder.parentInode()].slice(index);
  return [...dots, ...inodesOfNames(folder, group.slice(DOTS.length - index))];
}

/** Asked for only where the listing did not tell them. */
function inodesOfNames(folder: Folder, group: readonly FolderEntry[]): number[] {
  if (group[0]?.inode !== undefined) return group.map(({ inode }) => inode ?? 0);
  return folder.inodes(group.map(({ name }) => name));
}

/** Writes one entry, cut at `end`; gives where the next one goes. */
function writeEntry(
  w: Wasi,
  entry: FolderEntry,
  inode: number,
  next: number,
  at: number,
  end: number,
): number {
  const all = w.memory.all;
  const nameAt = at + SIZE.DIRENT;
  const written = nameAt + entry.name.length <= end ? writeAscii(all, nameAt, entry.name) : -1;
  if (written >= 0) {
    writeHead(w.memory.view, at, entry, inode, next, written);
    return nameAt + written;
  }
  const name = encoder.encode(entry.name);
  const head = new DataView(new ArrayBuffer(SIZE.DIRENT));
  writeHead(head, 0, entry, inode, next, name.length);
  all.set(new Uint8Array(head.buffer, 0, Math.min(SIZE.DIRENT, end - at)), at);
  if (nameAt >= end) return end;
  all.set(name.subarray(0, end - nameAt), nameAt);
  return Math.min(nameAt + name.length, end);
}

/** Writes a name of ASCII, which nearly all are; -1 when it is not one. */
function writeAscii(all: Uint8Array, at: number, name: string): number {
  for (let index = 0; index < name.length; index++) {
    const unit = name.charCodeAt(index);
    if (unit >= 0x80) return -1;
    all[at + index] = unit;
  }
  return name.length;
}

function writeHead(
  view: DataView,
  at: number,
  entry: FolderEntry,
  inode: number,
  next: number,
  nameBytes: number,
): void {
  setU64Number(view, at, next);
  setU64Number(view, at + 8, inode);
  view.setUint32(at + 16, nameBytes, true);
  view.setUint32(at + 20, fileTypeOf(entry.kind), true);
}

/** This part of the group. */
export const FD_READDIR: readonly WasiFunction[] = [fdReaddir];
