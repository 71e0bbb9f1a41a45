/**
 * Rights of descriptors. The specification has 30 of them in an u64; the highest is bit 29, so a JavaScript number
 * holds them exactly and `&` works on it.
 */
import type { FileKind } from "../../capabilities/files/files.ts";

/** `rights` of the specification. */
export const Right = {
  FD_DATASYNC: 1 << 0,
  FD_READ: 1 << 1,
  FD_SEEK: 1 << 2,
  FD_FDSTAT_SET_FLAGS: 1 << 3,
  FD_SYNC: 1 << 4,
  FD_TELL: 1 << 5,
  FD_WRITE: 1 << 6,
  FD_ADVISE: 1 << 7,
  FD_ALLOCATE: 1 << 8,
  PATH_CREATE_DIRECTORY: 1 << 9,
  PATH_CREATE_FILE: 1 << 10,
  PATH_LINK_SOURCE: 1 << 11,
  PATH_LINK_TARGET: 1 << 12,
  PATH_OPEN: 1 << 13,
  FD_READDIR: 1 << 14,
  PATH_READLINK: 1 << 15,
  PATH_RENAME_SOURCE: 1 << 16,
  PATH_RENAME_TARGET: 1 << 17,
  PATH_FILESTAT_GET: 1 << 18,
  PATH_FILESTAT_SET_SIZE: 1 << 19,
  PATH_FILESTAT_SET_TIMES: 1 << 20,
  FD_FILESTAT_GET: 1 << 21,
  FD_FILESTAT_SET_SIZE: 1 << 22,
  FD_FILESTAT_SET_TIMES: 1 << 23,
  PATH_SYMLINK: 1 << 24,
  PATH_REMOVE_DIRECTORY: 1 << 25,
  PATH_UNLINK_FILE: 1 << 26,
  POLL_FD_READWRITE: 1 << 27,
  SOCK_SHUTDOWN: 1 << 28,
  SOCK_ACCEPT: 1 << 29,
} as const;

/** Every right that exists. */
export const RIGHTS_ALL = 2 ** 30 - 1;

/** What makes sense for a folder. */
export const RIGHTS_FOLDER = Right.FD_FDSTAT_SET_FLAGS | Right.FD_SYNC |
  Right.PATH_CREATE_DIRECTORY | Right.PATH_CREATE_FILE | Right.PATH_LINK_SOURCE | Right.PATH_LINK_TARGET |
  Right.PATH_OPEN | Right.FD_READDIR | Right.PATH_READLINK | Right.PATH_RENAME_SOURCE |
  Right.PATH_RENAME_TARGET | Right.PATH_FILESTAT_GET | Right.PATH_FILESTAT_SET_SIZE |
  Right.PATH_FILESTAT_SET_TIMES | Right.FD_FILESTAT_GET | Right.FD_FILESTAT_SET_TIMES | Right.PATH_SYMLINK |
  Right.PATH_REMOVE_DIRECTORY | Right.PATH_UNLINK_FILE | Right.POLL_FD_READWRITE;

/** What makes sense for a regular file. */
export const RIGHTS_FILE = Right.FD_DATASYNC | Right.FD_READ | Right.FD_SEEK | Right.FD_FDSTAT_SET_FLAGS |
  Right.FD_SYNC | Right.FD_TELL | Right.FD_WRITE | Right.FD_ADVISE | Right.FD_ALLOCATE |
  Right.FD_FILESTAT_GET | Right.FD_FILESTAT_SET_SIZE | Right.FD_FILESTAT_SET_TIMES | Right.POLL_FD_READWRITE;

/** What makes sense for a stream that has no position. */
export const RIGHTS_STREAM = Right.FD_READ | Right.FD_WRITE | Right.FD_FDSTAT_SET_FLAGS |
  Right.FD_FILESTAT_GET | Right.POLL_FD_READWRITE;

/** What a read-only mount never gives. */
export const RIGHTS_MUTATING = Right.FD_WRITE | Right.FD_ALLOCATE | Right.FD_FILESTAT_SET_SIZE |
  Right.FD_FILESTAT_SET_TIMES | Right.PATH_CREATE_DIRECTORY | Right.PATH_CREATE_FILE |
  Right.PATH_LINK_SOURCE | Right.PATH_LINK_TARGET | Right.PATH_RENAME_SOURCE | Right.PATH_RENAME_TARGET |
  Right.PATH_FILESTAT_SET_SIZE | Right.PATH_FILESTAT_SET_TIMES | Right.PATH_SYMLINK |
  Right.PATH_REMOVE_DIRECTORY | Right.PATH_UNLINK_FILE;

/** The rights that make sense for what was opened. */
export function rightsOfKind(kind: FileKind, readable: boolean, writable: boolean): number {
  if (kind === "directory") return RIGHTS_FOLDER;
  let rights = kind === "file" ? RIGHTS_FILE : RIGHTS_STREAM;
  if (!readable) rights &= ~Right.FD_READ;
  if (!writable) rights &= ~(Right.FD_WRITE | Right.FD_ALLOCATE | Right.FD_FILESTAT_SET_SIZE);
  return rights;
}

/** An u64 of the guest as rights: bits that mean nothing are left out. */
export function rightsFrom(bits: bigint): number {
  return Number(BigInt.asUintN(30, bits));
}
