/** Group `fd`, third part: facts, size, times and durability of an open file. */
import type { FileTimes } from "../../capabilities/files/files.ts";
import { CAUSE, wasi, type WasiFunction } from "./call.ts";
import type { Descriptor } from "./descriptor.ts";
import { Errno } from "./errno.ts";
import { FileType, fileTypeOf, SIZE, TIMES_FLAGS_ALL, TimesFlag, writeFileStat } from "./layout.ts";
import { Right } from "./rights.ts";
import type { Wasi } from "./wasi.ts";

const ERRORS = { BADF: CAUSE.BADF, NOTCAPABLE: CAUSE.NOTCAPABLE, IO: CAUSE.IO };

/** `advice`: the highest number, NOREUSE. */
const ADVICE_MAX = 5;

const OFFSET_MAX = BigInt(Number.MAX_SAFE_INTEGER);

/** `fd_advise(fd, offset, len, advice) -> errno`. Says how a file will be used; nothing is done with it. */
const fdAdvise = wasi("fd_advise", "fd:fd offset:size64 len:size64 advice:id", {
  summary: "Says how a part of a file will be used.",
  errors: {
    BADF: CAUSE.BADF + ", or is a folder",
    INVAL: "there is no such advice, or the range ends past 2^63",
    NOTCAPABLE: CAUSE.NOTCAPABLE,
    SPIPE: "the descriptor is a stream",
  },
}, (w, fd: number, offset: bigint, length: bigint, advice: number) => {
  const descriptor = w.descriptors.get(fd);
  if (descriptor === undefined) return Errno.BADF;
  if (descriptor.resource.type === "stream") return Errno.SPIPE;
  if ((descriptor.rights & Right.FD_ADVISE) === 0) return descriptor.lacks(Right.FD_ADVISE);
  const end = BigInt.asUintN(64, offset) + BigInt.asUintN(64, length);
  return (advice >>> 0) > ADVICE_MAX || end >= 2n ** 63n ? Errno.INVAL : Errno.SUCCESS;
});

/** `fd_allocate(fd, offset, len) -> errno`. Makes a file at least `offset + len` bytes long. */
const fdAllocate = wasi("fd_allocate", "fd:fd offset:size64 len:size64", {
  summary: "Makes room in a file.",
  errors: {
    ...ERRORS,
    DQUOT: CAUSE.QUOTA,
    FBIG: "the file would be longer than 2^53 bytes",
    INVAL: "the length is 0",
    NOSPC: CAUSE.QUOTA,
  },
}, (w, fd: number, offset: bigint, length: bigint) => {
  const descriptor = w.descriptors.get(fd);
  if (descriptor === undefined) return Errno.BADF;
  const { resource, rights } = descriptor;
  if ((rights & Right.FD_ALLOCATE) === 0 || resource.type !== "file") {
    return descriptor.lacks(Right.FD_ALLOCATE);
  }
  if (length === 0n) return Errno.INVAL;
  const end = BigInt.asUintN(64, offset) + BigInt.asUintN(64, length);
  if (end > OFFSET_MAX) return Errno.FBIG;
  if (Number(end) > resource.stat().sizeBytes) resource.setSize(Number(end));
  return Errno.SUCCESS;
});

function sync(w: Wasi, fd: number, right: number, metadata: boolean): Errno {
  const descriptor = w.descriptors.get(fd);
  if (descriptor === undefined) return Errno.BADF;
  if ((descriptor.rights & right) === 0) return descriptor.lacks(right);
  if (descriptor.resource.type === "file") descriptor.resource.sync(metadata);
  else if (descriptor.resource.type === "folder") descriptor.resource.sync();
  return Errno.SUCCESS;
}

/** `fd_datasync(fd) -> errno`. Brings a file's contents to the disk. */
const fdDatasync = wasi("fd_datasync", "fd:fd", {
  summary: "Brings a file's contents to the disk.",
  errors: { ...ERRORS, INVAL: "the descriptor is a stream" },
}, (w, fd: number) => sync(w, fd, Right.FD_DATASYNC, false));

/** `fd_sync(fd) -> errno`. Brings a file's contents and facts to the disk. */
const fdSync = wasi("fd_sync", "fd:fd", {
  summary: "Brings a file's contents and facts to the disk.",
  errors: { ...ERRORS, INVAL: "the descriptor is a stream" },
}, (w, fd: number) => sync(w, fd, Right.FD_SYNC, true));

/** `fd_filestat_get(fd, stat) -> errno`. Writes `filestat`, 64 bytes; its layout is in `layout.ts`. */
const fdFilestatGet = wasi("fd_filestat_get", "fd:fd stat:out", {
  summary: "Tells the facts of an open file.",
  errors: { ...ERRORS, NOENT: CAUSE.GONE, FAULT: CAUSE.FAULT },
}, (w, fd: number, stat: number) => {
  const descriptor = w.descriptors.get(fd);
  if (descriptor === undefined) return Errno.BADF;
  if ((descriptor.rights & Right.FD_FILESTAT_GET) === 0) return descriptor.lacks(Right.FD_FILESTAT_GET);
  const { resource } = descriptor;
  if (resource.type === "stream") {
    const bytes = w.memory.bytes(stat, SIZE.FILESTAT);
    bytes.fill(0);
    bytes[16] = resource.terminal ? FileType.CHARACTER_DEVICE : fileTypeOf("unknown");
  } else {
    w.memory.check(stat, SIZE.FILESTAT);
    writeFileStat(w.memory, stat, resource.stat());
  }
  return Errno.SUCCESS;
});

/** `fd_filestat_set_size(fd, size) -> errno`. Cuts a file, or makes it longer with zeros. */
const fdFilestatSetSize = wasi("fd_filestat_set_size", "fd:fd size:size64", {
  summary: "Sets the size of a file.",
  errors: {
    ...ERRORS,
    DQUOT: CAUSE.QUOTA,
    FBIG: "the size is past 2^53",
    INVAL: "the file is not open for writing",
    NOSPC: CAUSE.QUOTA,
  },
}, (w, fd: number, size: bigint) => {
  const descriptor = w.descriptors.get(fd);
  if (descriptor === undefined) return Errno.BADF;
  const { resource, rights } = descriptor;
  if ((rights & Right.FD_FILESTAT_SET_SIZE) === 0 || resource.type !== "file") {
    return descriptor.lacks(Right.FD_FILESTAT_SET_SIZE);
  }
  if (BigInt.asUintN(64, size) > OFFSET_MAX) return Errno.FBIG;
  resource.setSize(Number(size));
  return Errno.SUCCESS;
});

/** The times that a call sets; `undefined` when the flags contradict each other. */
export function timesFrom(accessed: bigint, modified: bigint, flags: number): FileTimes | undefined {
  const { ATIM, ATIM_NOW, MTIM, MTIM_NOW } = TimesFlag;
  const both = (a: number, b: number) => (flags & a) !== 0 && (flags & b) !== 0;
  if ((flags & ~TIMES_FLAGS_ALL) !== 0 || both(ATIM, ATIM_NOW) || both(MTIM, MTIM_NOW)) return undefined;
  const pick = (exact: number, now: number, time: bigint) =>
    (flags & now) !== 0 ? "now" : (flags & exact) !== 0 ? BigInt.asUintN(64, time) : undefined;
  return { accessed: pick(ATIM, ATIM_NOW, accessed), modified: pick(MTIM, MTIM_NOW, modified) };
}

/** `fd_filestat_set_times(fd, atim, mtim, fst_flags) -> errno`. Sets times in nanoseconds, or to now. */
const fdFilestatSetTimes = wasi("fd_filestat_set_times", "fd:fd atim:time mtim:time fst_flags:flags", {
  summary: "Sets the times of a file.",
  errors: {
    ...ERRORS,
    INVAL: "a time is set and set to now, or a bit means nothing",
    NOENT: CAUSE.GONE,
    PERM: CAUSE.READ_ONLY,
  },
}, (w, fd: number, accessed: bigint, modified: bigint, flags: number) => {
  const descriptor = w.descriptors.get(fd);
  if (descriptor === undefined) return Errno.BADF;
  const times = timesFrom(accessed, modified, flags);
  if (times === undefined) return Errno.INVAL;
  if ((descriptor.rights & Right.FD_FILESTAT_SET_TIMES) === 0) {
    return descriptor.lacks(Right.FD_FILESTAT_SET_TIMES);
  }
  return setTimes(descriptor, times);
});

function setTimes({ resource }: Descriptor, times: FileTimes): Errno {
  if (resource.type === "stream") return Errno.INVAL;
  resource.setTimes(times);
  return Errno.SUCCESS;
}

/** This part of the group. */
export const FD_FILE: readonly WasiFunction[] = [
  fdAdvise,
  fdAllocate,
  fdDatasync,
  fdFilestatGet,
  fdFilestatSetSize,
  fdFilestatSetTimes,
  fdSync,
];
