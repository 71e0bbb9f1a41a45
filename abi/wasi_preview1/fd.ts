/** Group `fd`, first part: descriptors themselves. Reading and writing are in `fd_io.ts`, files in `fd_file.ts`. */
import { CAUSE, wasi, type WasiFunction } from "./call.ts";
import { Errno } from "./errno.ts";
import { FD_FLAGS_ALL, FdFlag, FileType, fileTypeOf, setU64Number, SIZE } from "./layout.ts";
import type { Resource } from "./descriptor.ts";
import { Right, rightsFrom } from "./rights.ts";

const ERRORS = { BADF: CAUSE.BADF, FAULT: CAUSE.FAULT };

function fileTypeOfResource(resource: Resource): number {
  if (resource.type === "folder") return FileType.DIRECTORY;
  if (resource.type === "file") return fileTypeOf(resource.kind);
  return resource.terminal ? FileType.CHARACTER_DEVICE : FileType.UNKNOWN;
}

/** `fd_close(fd) -> errno`. Closes a descriptor; a preopened one too. */
const fdClose = wasi("fd_close", "fd:fd", {
  summary: "Closes a descriptor.",
  errors: { BADF: CAUSE.BADF, IO: CAUSE.IO },
}, (w, fd: number) => w.descriptors.close(fd) ? Errno.SUCCESS : Errno.BADF);

/**
 * `fd_fdstat_get(fd, stat) -> errno`. Writes `fdstat`, 24 bytes: filetype u8 @0, flags u16 @2, rights u64 @8,
 * inheriting rights u64 @16.
 */
const fdFdstatGet = wasi("fd_fdstat_get", "fd:fd stat:out", {
  summary: "Tells the type, flags and rights of a descriptor.",
  errors: ERRORS,
}, (w, fd: number, stat: number) => {
  const descriptor = w.descriptors.get(fd);
  if (descriptor === undefined) return Errno.BADF;
  const at = w.memory.check(stat, SIZE.FDSTAT);
  const { view } = w.memory;
  view.setUint16(at, fileTypeOfResource(descriptor.resource), true);
  view.setUint16(at + 2, descriptor.flags, true);
  view.setUint32(at + 4, 0, true);
  setU64Number(view, at + 8, descriptor.rights);
  setU64Number(view, at + 16, descriptor.inheriting);
  return Errno.SUCCESS;
});

/**
 * `fd_fdstat_set_flags(fd, flags) -> errno`. Sets `fdflags` (u16). APPEND acts at once; SYNC, DSYNC and RSYNC make
 * each write go to the disk; NONBLOCK is kept: files never block.
 */
const fdFdstatSetFlags = wasi("fd_fdstat_set_flags", "fd:fd flags:flags", {
  summary: "Sets the flags of a descriptor.",
  errors: {
    BADF: CAUSE.BADF,
    INVAL: "a bit that means nothing",
    NOTCAPABLE: CAUSE.NOTCAPABLE,
    NOTSUP: "the file was moved or removed since: its append flag cannot be changed any more",
  },
}, (w, fd: number, flags: number) => {
  const descriptor = w.descriptors.get(fd);
  if (descriptor === undefined) return Errno.BADF;
  if ((flags & ~FD_FLAGS_ALL) !== 0) return Errno.INVAL;
  if ((descriptor.rights & Right.FD_FDSTAT_SET_FLAGS) === 0) {
    return descriptor.lacks(Right.FD_FDSTAT_SET_FLAGS);
  }
  const { resource } = descriptor;
  if (resource.type === "file" && ((flags ^ descriptor.flags) & FdFlag.APPEND) !== 0) {
    resource.setAppend((flags & FdFlag.APPEND) !== 0);
  }
  descriptor.flags = flags;
  return Errno.SUCCESS;
});

/** `fd_fdstat_set_rights(fd, base, inheriting) -> errno`. Takes rights away; none can be added. */
const fdFdstatSetRights = wasi("fd_fdstat_set_rights", "fd:fd base:rights inheriting:rights", {
  summary: "Takes rights away from a descriptor.",
  errors: { BADF: CAUSE.BADF, NOTCAPABLE: "a right that the descriptor does not have" },
}, (w, fd: number, baseBits: bigint, inheritingBits: bigint) => {
  const descriptor = w.descriptors.get(fd);
  if (descriptor === undefined) return Errno.BADF;
  const base = rightsFrom(baseBits);
  const inheriting = rightsFrom(inheritingBits);
  const unknown = (BigInt.asUintN(64, baseBits | inheritingBits) >> 30n) !== 0n;
  if (unknown || (base & ~descriptor.rights) !== 0 || (inheriting & ~descriptor.inheriting) !== 0) {
    return Errno.NOTCAPABLE;
  }
  descriptor.rights = base;
  descriptor.inheriting = inheriting;
  return Errno.SUCCESS;
});

/** `fd_prestat_get(fd, prestat) -> errno`. Writes `prestat`, 8 bytes: tag u8 @0 (0 = folder), name length u32 @4. */
const fdPrestatGet = wasi("fd_prestat_get", "fd:fd prestat:out", {
  summary: "Tells the length of a preopened folder's name.",
  errors: { BADF: "the descriptor is not a preopened folder", FAULT: CAUSE.FAULT },
}, (w, fd: number, prestat: number) => {
  const name = w.descriptors.get(fd)?.preopen;
  if (name === undefined) return Errno.BADF;
  const at = w.memory.check(prestat, SIZE.PRESTAT);
  w.memory.setU32(at, 0);
  w.memory.setU32(at + 4, name.length);
  return Errno.SUCCESS;
});

/** `fd_prestat_dir_name(fd, path, path_len) -> errno`. Writes a preopened folder's name, without a NUL. */
const fdPrestatDirName = wasi("fd_prestat_dir_name", "fd:fd path:out path_len:len", {
  summary: "Tells the name of a preopened folder.",
  errors: {
    BADF: "the descriptor is not a preopened folder",
    FAULT: CAUSE.FAULT,
    NAMETOOLONG: "the buffer is shorter than the name",
  },
}, (w, fd: number, path: number, length: number) => {
  const name = w.descriptors.get(fd)?.preopen;
  if (name === undefined) return Errno.BADF;
  w.memory.check(path, length);
  if (length >>> 0 < name.length) return Errno.NAMETOOLONG;
  w.memory.write(path, name);
  return Errno.SUCCESS;
});

/** `fd_renumber(fd, to) -> errno`. Gives what is open at `fd` the number `to`, closing what was open there. */
const fdRenumber = wasi("fd_renumber", "fd:fd to:fd", {
  summary: "Moves a descriptor to the number of another open one.",
  errors: { BADF: "one of the two is not open", IO: CAUSE.IO },
}, (w, fd: number, to: number) => w.descriptors.renumber(fd, to) ? Errno.SUCCESS : Errno.BADF);

/** This part of the group. */
export const FD: readonly WasiFunction[] = [
  fdClose,
  fdFdstatGet,
  fdFdstatSetFlags,
  fdFdstatSetRights,
  fdPrestatGet,
  fdPrestatDirName,
  fdRenumber,
];
