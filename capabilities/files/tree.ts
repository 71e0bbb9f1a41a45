/** What a backend of a mount does: single steps on (folder, name), never following a link. */
import type { Walkable } from "./door.ts";
import type { FileKind, FileOpenOptions, FileStat, FileTimes, OpenFile } from "./files.ts";
import type { PackedNames } from "./listing.ts";

/** A folder kept open: by what it is, not by how it was once reached. */
export interface Held<Node> {
  /** The folder, made sure of; throws `noent` when it is no longer there. */
  node(): Node;
  close(): void;
}

/** A tree of folders and files: a host directory or one in memory. */
export interface Tree<Node, Found extends { readonly kind: FileKind }> extends Walkable<Node, Found> {
  readonly access: "read" | "read-write";
  readonly pathMaxBytes: number;
  /** An operation is over: what was opened on the way may be closed. */
  done(): void;
  /** Keeps a folder open. */
  hold(folder: Node): Held<Node>;
  /** How many folders lie between this one and the top of the mount; 0 for the top. */
  depth(folder: Node): number;
  /** The folder above; itself at the top. */
  parent(folder: Node): Node;
  statFolder(folder: Node): FileStat;
  stat(found: Found): FileStat;
  setTimes(folder: Node, name: string, times: FileTimes): void;
  /**
   * Opens a regular file at a plain path in one step, free of races; `undefined` when it is not that simple, and then
   * the walk finds out why. Only for what is neither created nor cut.
   */
  openPlain?(folder: Node, path: string, options: FileOpenOptions): OpenFile | undefined;
  /** Opens or creates a file; `found` is what is there, never a folder or link. */
  openFile(folder: Node, name: string, found: Found | undefined, options: FileOpenOptions): OpenFile;
  makeFolder(folder: Node, name: string): void;
  removeFolder(folder: Node, name: string): void;
  unlink(folder: Node, name: string, found: Found): void;
  link(folder: Node, name: string, toFolder: Node, toName: string): void;
  /** `replaced` is what stands at the new name, if anything does. */
  rename(from: Place<Node, Found>, to: Place<Node, Found | undefined>): void;
  symlink(folder: Node, name: string, text: string): void | Promise<void>;
  /** All names in a folder that is like `stat` now. */
  list(folder: Node, stat: FileStat): PackedNames;
  /** 0 when the name is gone. */
  inode(folder: Node, name: string): number;
  sync(folder: Node): void;
}

/** A name in a folder and what was found there. */
export interface Place<Node, Found> {
  readonly folder: Node;
  readonly name: string;
  readonly found: Found;
}
