/** Group `path`: what is done with names. Opening is in `path_open.ts`. */
import type { Folder } from "../../capabilities/files/files.ts";
import { CapabilityError } from "../../capabilities/error.ts";
import { CAUSE, PATH_ERRORS, wasi, type WasiFunction } from "./call.ts";
import { Errno, WasiError } from "./errno.ts";
import { timesFrom } from "./fd_file.ts";
import { LOOKUP_SYMLINK_FOLLOW, SIZE, writeFileStat } from "./layout.ts";
import { Right, RIGHTS_MUTATING } from "./rights.ts";
import type { Wasi } from "./wasi.ts";

const encoder = new TextEncoder();

/** Errors of functions that change a folder. */
const CHANGE_ERRORS = {
  ...PATH_ERRORS,
  ACCES: "the host does not allow it",
  PERM: CAUSE.PATH_ESCAPES + "; or: " + CAUSE.READ_ONLY,
};
const QUOTA_ERRORS = { DQUOT: CAUSE.QUOTA, NOSPC: CAUSE.QUOTA };

/**
 * The folder behind a descriptor, with a right. A read-only mount answers PERM to what would change it, as a file
 * system would; a right that was taken away is NOTCAPABLE.
 */
export function folderFor(w: Wasi, fd: number, right: number): Folder {
  const descriptor = w.descriptors.get(fd);
  if (descriptor === undefined) throw badDescriptor(w, fd);
  const { resource } = descriptor;
  if (resource.type !== "folder") throw new WasiError(Errno.NOTDIR);
  if ((descriptor.rights & right) === 0) {
    const readOnly = resource.access === "read" && (right & RIGHTS_MUTATING) !== 0;
    throw new WasiError(readOnly ? Errno.PERM : Errno.NOTCAPABLE);
  }
  return resource;
}

/** Notes a missing `files` where that is the reason. */
function badDescriptor(w: Wasi, fd: number): WasiError {
  if (w.context.capabilities.files === undefined) {
    w.context.denied("files", `uses a path in folder ${fd >>> 0}`, '"files": {"mounts": […]}');
  }
  return new WasiError(Errno.BADF);
}

/** Whether lookup flags say to follow a link in the last place. */
export function follows(flags: number): boolean {
  if ((flags & ~LOOKUP_SYMLINK_FOLLOW) !== 0) throw new CapabilityError("invalid", "unknown lookup flags");
  return (flags & LOOKUP_SYMLINK_FOLLOW) !== 0;
}

/** `path_create_directory(fd, path, path_len) -> errno`. Makes a folder. */
const pathCreateDirectory = wasi("path_create_directory", "fd:fd path:path path_len:len", {
  summary: "Makes a folder.",
  capability: "files",
  errors: { ...CHANGE_ERRORS, ...QUOTA_ERRORS, EXIST: "something has this name" },
}, (w, fd: number, path: number, length: number) => {
  folderFor(w, fd, Right.PATH_CREATE_DIRECTORY).makeFolderAt(w.path(path, length));
  return Errno.SUCCESS;
});

/** `path_filestat_get(fd, flags, path, path_len, stat) -> errno`. Writes `filestat`; its layout is in `layout.ts`. */
const pathFilestatGet = wasi("path_filestat_get", "fd:fd flags:flags path:path path_len:len stat:out", {
  summary: "Tells the facts of what is at a path.",
  capability: "files",
  errors: { ...PATH_ERRORS, INVAL: CAUSE.PATH_INVAL + ", or a flag means nothing" },
}, (w, fd: number, flags: number, path: number, length: number, stat: number) => {
  const folder = folderFor(w, fd, Right.PATH_FILESTAT_GET);
  w.memory.check(stat, SIZE.FILESTAT);
  writeFileStat(w.memory, stat, folder.statAt(w.path(path, length), follows(flags)));
  return Errno.SUCCESS;
});

/** `path_filestat_set_times(fd, flags, path, path_len, atim, mtim, fst_flags) -> errno`. Sets times, or sets to now. */
const pathFilestatSetTimes = wasi(
  "path_filestat_set_times",
  "fd:fd flags:flags path:path path_len:len atim:time mtim:time fst_flags:flags",
  {
    summary: "Sets the times of what is at a path.",
    capability: "files",
    errors: {
      ...CHANGE_ERRORS,
      INVAL: CAUSE.PATH_INVAL + "; or a time is set and set to now; or a bit means nothing",
    },
  },
  (w, fd: number, flags: number, path: number, length: number, atim: bigint, mtim: bigint, set: number) => {
    const folder = folderFor(w, fd, Right.PATH_FILESTAT_SET_TIMES);
    const times = timesFrom(atim, mtim, set);
    if (times === undefined) return Errno.INVAL;
    folder.setTimesAt(w.path(path, length), follows(flags), times);
    return Errno.SUCCESS;
  },
);

/**
 * `path_link(old_fd, old_flags, old_path, old_path_len, new_fd, new_path, new_path_len) -> errno`. Makes a hard link.
 * A link in the last place of the old path is linked itself; following it is refused, as wasmtime does.
 */
const pathLink = wasi(
  "path_link",
  "old_fd:fd old_flags:flags old_path:path old_path_len:len new_fd:fd new_path:path new_path_len:len",
  {
    summary: "Makes a hard link.",
    capability: "files",
    errors: {
      ...CHANGE_ERRORS,
      ...QUOTA_ERRORS,
      EXIST: "something has the new name",
      INVAL: CAUSE.PATH_INVAL + ", or links are to be followed",
      PERM: `${CHANGE_ERRORS.PERM}, on either side; or the old path names a folder`,
      XDEV: "the two descriptors belong to different mounts",
    },
  },
  (
    w,
    fd: number,
    flags: number,
    path: number,
    length: number,
    toFd: number,
    toPath: number,
    toLength: number,
  ) => {
    const from = folderFor(w, fd, Right.PATH_LINK_SOURCE);
    const to = folderFor(w, toFd, Right.PATH_LINK_TARGET);
    if (follows(flags)) return Errno.INVAL;
    from.linkAt(w.path(path, length), to, w.path(toPath, toLength));
    return Errno.SUCCESS;
  },
);

/**
 * `path_readlink(fd, path, path_len, buf, buf_len, bufused) -> errno`. Writes what a link holds, cut to the buffer,
 * without a NUL, and how many bytes it wrote, u32.
 */
const pathReadlink = wasi(
  "path_readlink",
  "fd:fd path:path path_len:len buf:out buf_len:len bufused:out",
  {
    summary: "Tells what a link holds.",
    capability: "files",
    errors: {
      ...PATH_ERRORS,
      INVAL: CAUSE.PATH_INVAL + ", or it is not a link",
      PERM: CAUSE.PATH_ESCAPES + "; or the link holds an absolute path of the host",
    },
  },
  (w, fd: number, path: number, length: number, buffer: number, size: number, used: number) => {
    const folder = folderFor(w, fd, Right.PATH_READLINK);
    const into = w.memory.bytes(buffer, size);
    w.memory.check(used, 4);
    const text = encoder.encode(folder.readLinkAt(w.path(path, length)));
    const piece = text.subarray(0, into.length);
    into.set(piece);
    w.memory.setU32(used, piece.length);
    return Errno.SUCCESS;
  },
);

/** `path_remove_directory(fd, path, path_len) -> errno`. Removes an empty folder. */
const pathRemoveDirectory = wasi("path_remove_directory", "fd:fd path:path path_len:len", {
  summary: "Removes an empty folder.",
  capability: "files",
  errors: {
    ...CHANGE_ERRORS,
    BUSY: "the host uses the folder",
    INVAL: CAUSE.PATH_INVAL + ", or ends in '.' or '..'",
    NOTDIR: CAUSE.NOTDIR + ", or it is not a folder",
    NOTEMPTY: "the folder is not empty",
  },
}, (w, fd: number, path: number, length: number) => {
  folderFor(w, fd, Right.PATH_REMOVE_DIRECTORY).removeFolderAt(w.path(path, length));
  return Errno.SUCCESS;
});

/**
 * `path_rename(fd, old_path, old_path_len, new_fd, new_path, new_path_len) -> errno`. Renames; what has the new name
 * is replaced. Links in the last place are renamed or replaced themselves.
 */
const pathRename = wasi(
  "path_rename",
  "fd:fd old_path:path old_path_len:len new_fd:fd new_path:path new_path_len:len",
  {
    summary: "Renames a file or folder.",
    capability: "files",
    errors: {
      ...CHANGE_ERRORS,
      BUSY: "a path ends in '.' or '..', or the host uses the folder",
      INVAL: CAUSE.PATH_INVAL + ", or a folder would go into itself",
      ISDIR: "a file would replace a folder",
      NOTDIR: CAUSE.NOTDIR + ", or a folder would replace a file, or a file's path ends in a slash",
      NOTEMPTY: "the folder to be replaced is not empty",
      PERM: `${CHANGE_ERRORS.PERM}, on either side`,
      XDEV: "the two descriptors belong to different mounts",
    },
  },
  (w, fd: number, path: number, length: number, toFd: number, toPath: number, toLength: number) => {
    const from = folderFor(w, fd, Right.PATH_RENAME_SOURCE);
    const to = folderFor(w, toFd, Right.PATH_RENAME_TARGET);
    from.renameAt(w.path(path, length), to, w.path(toPath, toLength));
    return Errno.SUCCESS;
  },
);

/**
 * `path_symlink(old_path, old_path_len, fd, new_path, new_path_len) -> errno`. Makes a link at `new_path` that holds
 * `old_path`, which must be relative and stay inside the mount. It may wait: a service has its links made by the host.
 */
const pathSymlink = wasi(
  "path_symlink",
  "old_path:path old_path_len:len fd:fd new_path:path new_path_len:len",
  {
    summary: "Makes a symbolic link.",
    capability: "files",
    suspends: true,
    errors: {
      ...CHANGE_ERRORS,
      ...QUOTA_ERRORS,
      EXIST: "something has the new name",
      PERM: `${CHANGE_ERRORS.PERM}; or what the link holds leads out; or nobody may make links here`,
    },
  },
  (w, text: number, textLength: number, fd: number, path: number, length: number) => {
    const folder = folderFor(w, fd, Right.PATH_SYMLINK);
    const made = folder.symlinkAt(w.path(text, textLength), w.path(path, length));
    return made ? made.then(() => Errno.SUCCESS) : Errno.SUCCESS;
  },
);

/** `path_unlink_file(fd, path, path_len) -> errno`. Removes a name that is not a folder's. */
const pathUnlinkFile = wasi("path_unlink_file", "fd:fd path:path path_len:len", {
  summary: "Removes a file or link.",
  capability: "files",
  errors: {
    ...CHANGE_ERRORS,
    ISDIR: "it is a folder",
    NOTDIR: CAUSE.NOTDIR + ", or the path ends in a slash",
  },
}, (w, fd: number, path: number, length: number) => {
  folderFor(w, fd, Right.PATH_UNLINK_FILE).unlinkAt(w.path(path, length));
  return Errno.SUCCESS;
});

/** This part of the group. */
export const PATH: readonly WasiFunction[] = [
  pathCreateDirectory,
  pathFilestatGet,
  pathFilestatSetTimes,
  pathLink,
  pathReadlink,
  pathRemoveDirectory,
  pathRename,
  pathSymlink,
  pathUnlinkFile,
];
