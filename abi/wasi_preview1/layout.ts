/** Numbers and layouts of preview 1 that are not rights or errors. Offsets are bytes, all little-endian. */
import type { FileKind, FileStat } from "../../capabilities/files/files.ts";
import type { GuestMemory } from "../memory.ts";

/** `filetype`. */
export const FileType = {
  UNKNOWN: 0,
  BLOCK_DEVICE: 1,
  CHARACTER_DEVICE: 2,
  DIRECTORY: 3,
  REGULAR_FILE: 4,
  SOCKET_DGRAM: 5,
  SOCKET_STREAM: 6,
  SYMBOLIC_LINK: 7,
} as const;

const FILE_TYPES: Readonly<Record<FileKind, number>> = {
  file: FileType.REGULAR_FILE,
  directory: FileType.DIRECTORY,
  link: FileType.SYMBOLIC_LINK,
  fifo: FileType.UNKNOWN,
  socket: FileType.SOCKET_STREAM,
  device: FileType.CHARACTER_DEVICE,
  unknown: FileType.UNKNOWN,
};

/** The `filetype` of a kind. */
export function fileTypeOf(kind: FileKind): number {
  return FILE_TYPES[kind];
}

/** `fdflags`. */
export const FdFlag = { APPEND: 1, DSYNC: 2, NONBLOCK: 4, RSYNC: 8, SYNC: 16 } as const;
/** All of `fdflags`. */
export const FD_FLAGS_ALL = 31;

/** `oflags`. */
export const OpenFlag = { CREAT: 1, DIRECTORY: 2, EXCL: 4, TRUNC: 8 } as const;
/** All of `oflags`. */
export const OPEN_FLAGS_ALL = 15;

/** `lookupflags`: follow a link in the last place. */
export const LOOKUP_SYMLINK_FOLLOW = 1;

/** `fstflags`. */
export const TimesFlag = { ATIM: 1, ATIM_NOW: 2, MTIM: 4, MTIM_NOW: 8 } as const;
/** All of `fstflags`. */
export const TIMES_FLAGS_ALL = 15;

/** `whence`. */
export const Whence = { SET: 0, CUR: 1, END: 2 } as const;

/** `clockid`. */
export const ClockId = { REALTIME: 0, MONOTONIC: 1, PROCESS_CPUTIME: 2, THREAD_CPUTIME: 3 } as const;

/** `eventtype`. */
export const EventType = { CLOCK: 0, FD_READ: 1, FD_WRITE: 2 } as const;

/** Sizes of the structures that the guest passes or receives. */
export const SIZE = {
  CIOVEC: 8,
  DIRENT: 24,
  EVENT: 32,
  FDSTAT: 24,
  FILESTAT: 64,
  PRESTAT: 8,
  SUBSCRIPTION: 48,
} as const;

const TWO_32 = 2 ** 32;

/** Writes an u64 from a whole number below 2^53, without making a BigInt. */
export function setU64Number(view: DataView, at: number, value: number): void {
  // A remainder of doubles takes longer than all the rest of a short call.
  const high = Math.floor(value / TWO_32);
  view.setUint32(at, value - high * TWO_32, true);
  view.setUint32(at + 4, high, true);
}

/**
 * `filestat`, 64 bytes: dev u64 @0, ino u64 @8, filetype u8 @16, nlink u64 @24, size u64 @32, atim u64 @40,
 * mtim u64 @48, ctim u64 @56.
 */
export function writeFileStat(memory: GuestMemory, pointer: number, stat: FileStat): void {
  const at = memory.check(pointer, SIZE.FILESTAT);
  const view = memory.view;
  setU64Number(view, at, stat.device);
  setU64Number(view, at + 8, stat.inode);
  setU64Number(view, at + 16, FILE_TYPES[stat.kind]);
  setU64Number(view, at + 24, stat.links);
  setU64Number(view, at + 32, stat.sizeBytes);
  view.setBigUint64(at + 40, stat.accessedNs, true);
  view.setBigUint64(at + 48, stat.modifiedNs, true);
  view.setBigUint64(at + 56, stat.changedNs, true);
}
