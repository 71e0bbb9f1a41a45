/** Group `fd`, second part: reading, writing, positions. */
import type { OpenFile } from "../../capabilities/files/files.ts";
import { CAUSE, wasi, type WasiFunction } from "./call.ts";
import { AT_END, type Descriptor, type Stream } from "./descriptor.ts";
import { Errno } from "./errno.ts";
import { buffers } from "./iovec.ts";
import { FdFlag, Whence } from "./layout.ts";
import { Right } from "./rights.ts";
import type { Wasi } from "./wasi.ts";

const OFFSET_MAX = BigInt(Number.MAX_SAFE_INTEGER);
const SYNCED_FLAGS = FdFlag.SYNC | FdFlag.DSYNC | FdFlag.RSYNC;

/** A stream takes and gives at most this much in one call. */
const STREAM_CALL_MAX_BYTES = 1 << 20;

const READ_ERRORS = {
  AGAIN: "a fifo has nothing now",
  BADF: "the descriptor is not open, or not for reading, or a folder",
  FAULT: CAUSE.FAULT,
  INVAL: "more buffers than the limit iovecsMaxCount, or longer together than 2^32",
  IO: CAUSE.IO,
  NOTCAPABLE: "the right to read was taken away",
} as const;

const WRITE_ERRORS = {
  ...READ_ERRORS,
  AGAIN: "a fifo is full",
  BADF: "the descriptor is not open, or not for writing, or a folder",
  DQUOT: CAUSE.QUOTA,
  FBIG: "the file would be longer than 2^53 bytes or than the host allows",
  NOSPC: "the disk is full; or: " + CAUSE.QUOTA,
  NOTCAPABLE: "the right to write was taken away",
} as const;

/** The errno for a descriptor that is not open; notes a missing `stdio` where that is the reason. */
function notOpen(w: Wasi, fd: number): Errno {
  if (fd >>> 0 <= 2 && w.stdio === undefined) {
    w.context.denied("stdio", `uses standard stream ${fd}`, '"stdio": true');
  }
  return Errno.BADF;
}

function positionOf(descriptor: Descriptor, file: OpenFile): number {
  if (descriptor.position === AT_END) descriptor.position = file.stat().sizeBytes;
  return descriptor.position;
}

/** Fills buffers from a file; stops at the first that is not filled. */
function readInto(file: OpenFile, into: readonly Uint8Array[], position: number): number {
  let total = 0;
  for (const buffer of into) {
    const got = file.read(buffer, position + total);
    total += got;
    if (got < buffer.length) break;
  }
  return total;
}

function writeFrom(file: OpenFile, from: readonly Uint8Array[], position: number): number {
  let total = 0;
  for (const buffer of from) {
    let put = 0;
    try {
      put = position === AT_END ? file.append(buffer) : file.write(buffer, position + total);
    } catch (error) {
      if (total > 0) return total; // what was written counts; the next call gets the error
      throw error;
    }
    total += put;
    if (put < buffer.length) break;
  }
  return total;
}

/**
 * `fd_read(fd, iovs, iovs_len, nread) -> errno`. Reads into the buffers from the present position, which moves on;
 * writes how many bytes there were, u32. 0 is the end.
 */
const fdRead = wasi("fd_read", "fd:fd iovs:ptr iovs_len:count nread:out", {
  summary: "Reads from a descriptor.",
  errors: READ_ERRORS,
}, (w, fd: number, iovs: number, count: number, nread: number) => {
  const descriptor = w.descriptors.get(fd);
  if (descriptor === undefined) return notOpen(w, fd);
  if ((descriptor.rights & Right.FD_READ) === 0) return descriptor.lacks(Right.FD_READ);
  w.memory.check(nread, 4);
  const into = buffers(w, iovs, count);
  if (into === undefined) return Errno.INVAL;
  const { resource } = descriptor;
  let total = 0;
  if (resource.type === "file") {
    total = readInto(resource, into, positionOf(descriptor, resource));
    descriptor.position += total;
  } else if (resource.type === "stream") {
    total = readStream(w, into);
  } else return Errno.BADF;
  w.memory.setU32(nread, total);
  return Errno.SUCCESS;
});

function readStream(w: Wasi, into: readonly Uint8Array[]): number {
  const room = into.reduce((sum, { length }) => sum + length, 0);
  if (w.stdio === undefined || room === 0) return 0;
  const bytes = w.stdio.read(Math.min(room, STREAM_CALL_MAX_BYTES));
  let at = 0;
  for (const buffer of into) {
    const piece = bytes.subarray(at, at + buffer.length);
    buffer.set(piece);
    at += piece.length;
  }
  return at;
}

/**
 * `fd_write(fd, iovs, iovs_len, nwritten) -> errno`. Writes the buffers at the present position, which moves on, or
 * at the end of a file with APPEND; writes how many bytes were taken, u32.
 */
const fdWrite = wasi("fd_write", "fd:fd iovs:ptr iovs_len:count nwritten:out", {
  summary: "Writes to a descriptor.",
  errors: WRITE_ERRORS,
}, (w, fd: number, iovs: number, count: number, nwritten: number) => {
  const descriptor = w.descriptors.get(fd);
  if (descriptor === undefined) return notOpen(w, fd);
  if ((descriptor.rights & Right.FD_WRITE) === 0) return descriptor.lacks(Right.FD_WRITE);
  w.memory.check(nwritten, 4);
  const from = buffers(w, iovs, count);
  if (from === undefined) return Errno.INVAL;
  const { resource } = descriptor;
  let total = 0;
  if (resource.type === "file") total = writeFile(descriptor, resource, from);
  else if (resource.type === "stream") total = writeStream(w, resource, from);
  else return Errno.BADF;
  w.memory.setU32(nwritten, total);
  return Errno.SUCCESS;
});

function writeFile(descriptor: Descriptor, file: OpenFile, from: readonly Uint8Array[]): number {
  const appends = (descriptor.flags & FdFlag.APPEND) !== 0;
  const position = appends ? AT_END : positionOf(descriptor, file);
  const total = writeFrom(file, from, position);
  descriptor.position = appends ? AT_END : position + total;
  if ((descriptor.flags & SYNCED_FLAGS) !== 0) file.sync((descriptor.flags & FdFlag.SYNC) !== 0);
  return total;
}

function writeStream(w: Wasi, stream: Stream, from: readonly Uint8Array[]): number {
  let total = 0;
  for (const buffer of from) {
    w.stdio?.write(stream.number === 1 ? "stdout" : "stderr", buffer);
    total += buffer.length;
  }
  return total;
}

/** The file behind a descriptor for positional work, or the errno. */
function fileFor(descriptor: Descriptor, right: number): OpenFile | Errno {
  if (descriptor.resource.type === "stream") return Errno.SPIPE;
  const needed = right | Right.FD_SEEK;
  if ((descriptor.rights & needed) !== needed) {
    return descriptor.lacks((descriptor.rights & right) === 0 ? right : Right.FD_SEEK);
  }
  if (descriptor.resource.type !== "file") return Errno.BADF;
  return descriptor.resource.kind === "file" ? descriptor.resource : Errno.SPIPE;
}

/** `fd_pread(fd, iovs, iovs_len, offset, nread) -> errno`. Reads at an offset; the position stays. */
const fdPread = wasi("fd_pread", "fd:fd iovs:ptr iovs_len:count offset:size64 nread:out", {
  summary: "Reads at an offset.",
  errors: {
    ...READ_ERRORS,
    INVAL: READ_ERRORS.INVAL + "; or the offset is past 2^63",
    SPIPE: "the descriptor is a stream",
  },
}, (w, fd: number, iovs: number, count: number, offset: bigint, nread: number) => {
  const descriptor = w.descriptors.get(fd);
  if (descriptor === undefined) return Errno.BADF;
  const file = fileFor(descriptor, Right.FD_READ);
  if (typeof file === "number") return file;
  w.memory.check(nread, 4);
  const into = buffers(w, iovs, count);
  if (into === undefined || offset < 0n) return Errno.INVAL;
  w.memory.setU32(nread, offset > OFFSET_MAX ? 0 : readInto(file, into, Number(offset)));
  return Errno.SUCCESS;
});

/** `fd_pwrite(fd, iovs, iovs_len, offset, nwritten) -> errno`. Writes at an offset; the position stays. */
const fdPwrite = wasi("fd_pwrite", "fd:fd iovs:ptr iovs_len:count offset:size64 nwritten:out", {
  summary: "Writes at an offset; with APPEND at the end, as Linux does.",
  errors: {
    ...WRITE_ERRORS,
    INVAL: WRITE_ERRORS.INVAL + "; or the offset is past 2^63",
    SPIPE: "the descriptor is a stream",
  },
}, (w, fd: number, iovs: number, count: number, offset: bigint, nwritten: number) => {
  const descriptor = w.descriptors.get(fd);
  if (descriptor === undefined) return Errno.BADF;
  const file = fileFor(descriptor, Right.FD_WRITE);
  if (typeof file === "number") return file;
  w.memory.check(nwritten, 4);
  const from = buffers(w, iovs, count);
  if (from === undefined || offset < 0n) return Errno.INVAL;
  if (offset > OFFSET_MAX) return Errno.FBIG;
  const total = writeFrom(file, from, Number(offset));
  if ((descriptor.flags & SYNCED_FLAGS) !== 0) file.sync((descriptor.flags & FdFlag.SYNC) !== 0);
  w.memory.setU32(nwritten, total);
  return Errno.SUCCESS;
});

const SEEK_ERRORS = {
  BADF: "the descriptor is not open, or is a folder",
  FAULT: CAUSE.FAULT,
  NOTCAPABLE: CAUSE.NOTCAPABLE,
  SPIPE: "the descriptor is a stream",
} as const;

/** `fd_seek(fd, offset, whence, newoffset) -> errno`. Moves the position; writes the new one, u64. */
const fdSeek = wasi("fd_seek", "fd:fd offset:delta whence:id newoffset:out", {
  summary: "Moves the position of a descriptor.",
  errors: {
    ...SEEK_ERRORS,
    INVAL: "the position would lie before the beginning, or there is no such whence",
    OVERFLOW: "the position would lie past 2^53",
  },
}, (w, fd: number, offset: bigint, whence: number, newOffset: number) => {
  const descriptor = w.descriptors.get(fd);
  if (descriptor === undefined) return Errno.BADF;
  // Only asking where it stands takes the right to tell.
  const right = offset === 0n && whence === Whence.CUR && (descriptor.rights & Right.FD_SEEK) === 0
    ? Right.FD_TELL
    : Right.FD_SEEK;
  if ((descriptor.rights & right) === 0) return descriptor.lacks(right);
  const file = descriptor.resource;
  if (file.type !== "file" || file.kind !== "file") return Errno.SPIPE;
  w.memory.check(newOffset, 8);
  let from = 0;
  if (whence === Whence.CUR) from = positionOf(descriptor, file);
  else if (whence === Whence.END) from = file.stat().sizeBytes;
  else if (whence !== Whence.SET) return Errno.INVAL;
  const target = BigInt(from) + offset;
  if (target < 0n) return Errno.INVAL;
  if (target > OFFSET_MAX) return Errno.OVERFLOW;
  descriptor.position = Number(target);
  w.memory.setU64(newOffset, target);
  return Errno.SUCCESS;
});

/** `fd_tell(fd, offset) -> errno`. Writes the position, u64. */
const fdTell = wasi("fd_tell", "fd:fd offset:out", {
  summary: "Tells the position of a descriptor.",
  errors: SEEK_ERRORS,
}, (w, fd: number, offset: number) => {
  const descriptor = w.descriptors.get(fd);
  if (descriptor === undefined) return Errno.BADF;
  if ((descriptor.rights & Right.FD_TELL) === 0) return descriptor.lacks(Right.FD_TELL);
  const file = descriptor.resource;
  if (file.type !== "file" || file.kind !== "file") return Errno.SPIPE;
  w.memory.check(offset, 8);
  w.memory.setU64(offset, BigInt(positionOf(descriptor, file)));
  return Errno.SUCCESS;
});

/** This part of the group. */
export const FD_IO: readonly WasiFunction[] = [fdPread, fdPwrite, fdRead, fdSeek, fdTell, fdWrite];
