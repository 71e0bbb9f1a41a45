/**
 * What a guest with the `files` capability holds: folders, and files opened in them.
 *
 * Every path given here is a guest's and relative to a folder; it goes through the door (`door.ts`), which lets
 * none out. Failures are {@link CapabilityError}s with POSIX codes. Offsets and sizes are bytes, below 2^53.
 */
import type { OpenedCapability } from "../capability.ts";

/** What stands behind a name. */
export type FileKind = "file" | "directory" | "link" | "fifo" | "socket" | "device" | "unknown";

/** What is known of a file. Times are nanoseconds since the Unix epoch. */
export interface FileStat {
  readonly kind: FileKind;
  readonly device: number;
  readonly inode: number;
  readonly links: number;
  readonly sizeBytes: number;
  readonly accessedNs: bigint;
  readonly modifiedNs: bigint;
  readonly changedNs: bigint;
}

/** Times to set: nanoseconds since the epoch, `"now"`, or `undefined` to leave as it is. */
export interface FileTimes {
  readonly accessed: bigint | "now" | undefined;
  readonly modified: bigint | "now" | undefined;
}

/** How to open. `access: "any"` takes what the mount and the file allow, both directions if it can. */
export interface FileOpenOptions {
  readonly access: "read" | "write" | "both" | "any";
  readonly create: boolean;
  readonly exclusive: boolean;
  readonly truncate: boolean;
  /** Fail with `notdir` unless it is a directory. */
  readonly directory: boolean;
  /** Follow a link in the last place. */
  readonly follow: boolean;
  readonly append: boolean;
}

/** An open file. It keeps no position: reads and writes say where. */
export interface OpenFile {
  readonly type: "file";
  readonly kind: FileKind;
  readonly readable: boolean;
  readonly writable: boolean;
  stat(): FileStat;
  /** Fills `into` from `position`; gives how much, 0 at the end. A fifo ignores the position. */
  read(into: Uint8Array, position: number): number;
  /** Writes at `position`; gives how much. */
  write(from: Uint8Array, position: number): number;
  /** Writes at the end, wherever that is by then. */
  append(from: Uint8Array): number;
  /** Makes writes of {@link write} on this file go to its end as well, or no more. */
  setAppend(append: boolean): void;
  setSize(sizeBytes: number): void;
  setTimes(times: FileTimes): void;
  /** To the disk: contents, and with `metadata` everything else. */
  sync(metadata: boolean): void;
  close(): void;
}

/** One name in a folder. */
export interface FolderEntry {
  readonly name: string;
  readonly kind: FileKind;
}

/** The names in a folder as they were when they were asked for. */
export interface Listing {
  /** How many there are, `.` and `..` among them as the first two. */
  readonly count: number;
  /**
   * Copies entries from number `first` on, the last one cut where `into` ends; gives how many bytes it copied. `listing.ts`
   * has the layout.
   */
  copy(first: number, into: Uint8Array): number;
  /** All names but `.` and `..`. */
  entries(): FolderEntry[];
}

/** An open folder. `path` is a guest's path relative to it; `..` above it is refused (`notcapable`). */
export interface Folder {
  readonly type: "folder";
  readonly access: "read" | "read-write";
  stat(): FileStat;
  setTimes(times: FileTimes): void;
  statAt(path: string, follow: boolean): FileStat;
  setTimesAt(path: string, follow: boolean, times: FileTimes): void;
  openAt(path: string, options: FileOpenOptions): OpenFile | Folder;
  makeFolderAt(path: string): void;
  removeFolderAt(path: string): void;
  unlinkAt(path: string): void;
  /** A hard link `targetPath` in `target` to what `path` names here; a link in the last place is not followed. */
  linkAt(path: string, target: Folder, targetPath: string): void;
  renameAt(path: string, target: Folder, targetPath: string): void;
  /** A symbolic link `path` holding `text`, which must be relative and stay inside the mount. May wait for whoever makes it. */
  symlinkAt(text: string, path: string): void | Promise<void>;
  readLinkAt(path: string): string;
  /** All names, as they are now. */
  list(): Listing;
  sync(): void;
  close(): void;
}

/** One folder as the guest sees it. */
export interface Mount {
  /** Absolute path in the guest: `/logs`. */
  readonly guestPath: string;
  readonly access: "read" | "read-write";
}

/** A mount, opened for one session. */
export interface OpenMount extends Mount {
  readonly folder: Folder;
}

/** Files by absolute guest path, for whoever sends or stores one on the guest's behalf. */
export interface FilesByPath {
  /** Opens a regular file for reading; links are followed inside the mount. */
  openFile(guestPath: string): OpenFile;
  /** Creates a file, or empties the one that is there, for writing. */
  createFile(guestPath: string): OpenFile;
}

/** The mounts as one instance sees them: its per-request scratch folder is its own. */
export interface FilesSession extends FilesByPath {
  readonly mounts: readonly OpenMount[];
  /** Takes the instance's own folders as they are now for the clean state. */
  snapshot(): void;
  /** Puts the instance's own folders back. */
  restore(): void;
  close(): void;
}

/** The folders that a guest may use. By path, a per-request scratch folder is not reached: use a session. */
export interface Files extends OpenedCapability, FilesByPath {
  /** Guest path → folder, in the order of the manifest. */
  readonly mounts: readonly Mount[];
  /** Opens the mounts for one instance. */
  session(): FilesSession;
}
