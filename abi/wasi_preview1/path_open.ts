/** Group `path`, second part: opening. */
import type { FileOpenOptions } from "../../capabilities/files/files.ts";
import { CAUSE, PATH_ERRORS, wasi, type WasiFunction } from "./call.ts";
import { Descriptor } from "./descriptor.ts";
import { Errno } from "./errno.ts";
import { FD_FLAGS_ALL, FdFlag, OPEN_FLAGS_ALL, OpenFlag } from "./layout.ts";
import { folderFor, follows } from "./path.ts";
import { Right, RIGHTS_ALL, rightsFrom, rightsOfKind } from "./rights.ts";

const DIRECTIONS = Right.FD_READ | Right.FD_WRITE;

/** Rights that stand for writing to the file. */
const WRITING = Right.FD_WRITE | Right.FD_ALLOCATE | Right.FD_FILESTAT_SET_SIZE;

/**
 * `path_open(fd, dirflags, path, path_len, oflags, rights_base, rights_inheriting, fdflags, opened) -> errno`. Opens or
 * creates; writes the new descriptor, u32.
 *
 * The rights asked for are cut to what the folder may hand on and to what makes sense for the thing opened. Base
 * rights of 0 mean no restriction, and so do inheriting rights of 0; base rights of nothing but reading and writing say
 * the direction and leave the other rights alone. wasmtime's programs, TinyGo's and others open in these ways.
 */
const pathOpen = wasi(
  "path_open",
  "fd:fd dirflags:flags path:path path_len:len oflags:flags rights_base:rights rights_inheriting:rights " +
    "fdflags:flags opened:out",
  {
    summary: "Opens or creates a file, or opens a folder.",
    capability: "files",
    errors: {
      ...PATH_ERRORS,
      ACCES: "the host does not allow it",
      DQUOT: CAUSE.QUOTA,
      EXIST: "something has this name, with EXCL",
      INVAL: CAUSE.PATH_INVAL + "; or a bit means nothing; or CREAT with DIRECTORY",
      ISDIR: "a folder is to be written, cut or created; or a path to be created ends in a slash",
      LOOP: CAUSE.LOOP + "; or it is a link and links are not to be followed",
      MFILE: "more descriptors than the limit descriptorsMaxCount, or than the host allows",
      NOSPC: CAUSE.QUOTA,
      NOTCAPABLE: CAUSE.NOTCAPABLE + ", or the folder may not hand on reading or writing",
      NOTDIR: CAUSE.NOTDIR + ", or it is to be one",
      NXIO: "it is a device or a socket",
      PERM: CAUSE.PATH_ESCAPES + "; or: " + CAUSE.READ_ONLY,
    },
  },
  (
    w,
    fd: number,
    lookup: number,
    path: number,
    length: number,
    openFlags: number,
    baseBits: bigint,
    inheritingBits: bigint,
    fdFlags: number,
    opened: number,
  ) => {
    const folder = folderFor(w, fd, Right.PATH_OPEN);
    w.memory.check(opened, 4);
    if ((openFlags & ~OPEN_FLAGS_ALL) !== 0 || (fdFlags & ~FD_FLAGS_ALL) !== 0) return Errno.INVAL;
    const through = w.descriptors.get(fd);
    if (through === undefined) return Errno.BADF;
    const { CREAT, DIRECTORY, TRUNC } = OpenFlag;
    if ((openFlags & CREAT) !== 0 && (openFlags & DIRECTORY) !== 0) return Errno.INVAL;
    // On a read-only mount a file that is there opens with CREAT too; the folder itself refuses to create.
    const mayCreate = (through.rights & Right.PATH_CREATE_FILE) !== 0 || folder.access === "read";
    if ((openFlags & CREAT) !== 0 && !mayCreate) return Errno.NOTCAPABLE;
    if ((openFlags & TRUNC) !== 0 && (through.rights & Right.PATH_FILESTAT_SET_SIZE) === 0) {
      return folder.access === "read" ? Errno.PERM : Errno.NOTCAPABLE;
    }
    const base = rightsFrom(baseBits);
    const refused = refusedDirection(base, through, folder.access);
    if (refused !== Errno.SUCCESS) return refused;
    if (w.descriptors.full) return Errno.MFILE;
    const options = openOptions(openFlags, fdFlags, base, through.inheriting, follows(lookup));
    const resource = folder.openAt(w.path(path, length), options);
    if (resource.type === "folder" && (base & Right.FD_WRITE) !== 0) {
      resource.close();
      return Errno.ISDIR;
    }
    const kind = resource.type === "folder" ? "directory" : resource.kind;
    const readable = resource.type === "folder" || resource.readable;
    const writable = resource.type === "folder" || resource.writable;
    const possible = through.inheriting & rightsOfKind(kind, readable, writable);
    const inheriting = resource.type === "file" ? 0 : rightsFrom(inheritingBits) || through.inheriting;
    const descriptor = new Descriptor(
      resource,
      effectiveRights(base) & possible,
      inheriting & through.inheriting,
      fdFlags,
    );
    w.memory.setU32(opened, w.descriptors.add(descriptor));
    return Errno.SUCCESS;
  },
);

function effectiveRights(base: number): number {
  if (base === 0) return RIGHTS_ALL;
  return (base & ~DIRECTIONS) === 0 ? base | (RIGHTS_ALL & ~DIRECTIONS) : base;
}

/** Reading and writing are never taken away silently: a program would only notice at its first use. */
function refusedDirection(base: number, through: Descriptor, access: "read" | "read-write"): Errno {
  const missing = base & ~through.inheriting;
  if ((missing & Right.FD_WRITE) !== 0) return access === "read" ? Errno.PERM : Errno.NOTCAPABLE;
  return (missing & Right.FD_READ) !== 0 ? Errno.NOTCAPABLE : Errno.SUCCESS;
}

function openOptions(
  openFlags: number,
  fdFlags: number,
  base: number,
  inheriting: number,
  follow: boolean,
): FileOpenOptions {
  const reads = (base & Right.FD_READ) !== 0;
  const writes = (base & WRITING & inheriting) !== 0;
  let access: FileOpenOptions["access"] = "any";
  if (base !== 0) access = writes ? (reads ? "both" : "write") : "read";
  return {
    access,
    create: (openFlags & OpenFlag.CREAT) !== 0,
    exclusive: (openFlags & OpenFlag.EXCL) !== 0,
    truncate: (openFlags & OpenFlag.TRUNC) !== 0,
    directory: (openFlags & OpenFlag.DIRECTORY) !== 0,
    follow,
    append: (fdFlags & FdFlag.APPEND) !== 0,
  };
}

/** This part of the group. */
export const PATH_OPEN: readonly WasiFunction[] = [pathOpen];
