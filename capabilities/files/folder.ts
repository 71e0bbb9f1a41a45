/** Folders as guests use them: the door, then POSIX's rules for each operation, then one step of the tree. */
import { CapabilityError, type CapabilityErrorCode } from "../error.ts";
import { checkPathText, type Follow, isPlain, resolve, type Spot } from "./door.ts";
import type { FileKind, FileOpenOptions, FileStat, FileTimes, Folder, Listing, OpenFile } from "./files.ts";
import type { Held, Tree } from "./tree.ts";

const refuse = (code: CapabilityErrorCode, message: string) => new CapabilityError(code, message);

/** An open folder of a tree. */
export class TreeFolder<Node, Found extends { readonly kind: FileKind }> implements Folder {
  readonly type = "folder";
  readonly #tree: Tree<Node, Found>;
  readonly #held: Held<Node>;

  constructor(tree: Tree<Node, Found>, held: Held<Node>) {
    this.#tree = tree;
    this.#held = held;
  }

  get access(): "read" | "read-write" {
    return this.#tree.access;
  }

  stat(): FileStat {
    return this.#tree.statFolder(this.#held.node());
  }

  setTimes(times: FileTimes): void {
    this.#mutable();
    this.#tree.setTimes(this.#held.node(), "", times);
  }

  statAt(path: string, follow: boolean): FileStat {
    try {
      const spot = this.#find(path, follow ? "all" : "slash");
      return spot.name === "" ? this.#tree.statFolder(spot.folder) : this.#tree.stat(existing(spot));
    } finally {
      this.#tree.done();
    }
  }

  setTimesAt(path: string, follow: boolean, times: FileTimes): void {
    return this.#step(() => {
      this.#mutable();
      const spot = this.#find(path, follow ? "all" : "slash");
      if (spot.name !== "") existing(spot);
      this.#tree.setTimes(spot.folder, spot.name, times);
    });
  }

  openAt(path: string, options: FileOpenOptions): OpenFile | Folder {
    const changes = options.create || options.truncate || options.directory;
    if (this.#tree.openPlain && !changes && isPlain(path, this.#tree.pathMaxBytes)) {
      const file = this.#tree.openPlain(this.#held.node(), path, options);
      if (file) return file;
    }
    try {
      return this.#open(this.#find(path, options.follow ? "all" : "slash"), options);
    } finally {
      this.#tree.done();
    }
  }

  #open(spot: Spot<Node, Found>, options: FileOpenOptions): OpenFile | Folder {
    const { found } = spot;
    if (options.create && options.exclusive && (found || spot.name === "")) {
      throw refuse("exist", "it exists already");
    }
    if (spot.name === "" || found?.kind === "directory") return this.#openFolder(spot, options);
    if (found === undefined) {
      if (!options.create) throw refuse("noent", "there is no such file");
      if (spot.slash || options.directory) {
        throw refuse("isdir", "a path with a slash at its end creates no file");
      }
      this.#mutable();
    } else {
      if (spot.slash || options.directory) throw refuse("notdir", "it is not a folder");
      if (found.kind === "link") {
        throw refuse("loop", "it is a link, and links are not to be followed here");
      }
      if (found.kind === "device" || found.kind === "socket") {
        throw refuse("nxio", `a ${found.kind} is not opened for a guest`);
      }
      if (options.truncate || options.access === "write" || options.access === "both") this.#mutable();
    }
    return this.#tree.openFile(spot.folder, spot.name, found, options);
  }

  #openFolder(spot: Spot<Node, Found>, options: FileOpenOptions): Folder {
    if (options.truncate) throw refuse("isdir", "it is a folder");
    if (!options.directory && options.create) throw refuse("isdir", "it is a folder");
    const { folder, name, found } = spot;
    const node = name === "" || found === undefined ? folder : this.#tree.enter(folder, name, found);
    return new TreeFolder(this.#tree, this.#tree.hold(node));
  }

  makeFolderAt(path: string): void {
    return this.#step(() => {
      this.#mutable();
      const spot = this.#find(path, "none");
      if (spot.name === "" || spot.found) throw refuse("exist", "it exists already");
      this.#tree.makeFolder(spot.folder, spot.name);
    });
  }

  removeFolderAt(path: string): void {
    return this.#step(() => {
      this.#mutable();
      const spot = this.#find(path, "none");
      if (spot.name === "") throw refuse("invalid", "'.' and '..' are not removed");
      if (present(spot).kind !== "directory") throw refuse("notdir", "it is not a folder");
      this.#tree.removeFolder(spot.folder, spot.name);
    });
  }

  unlinkAt(path: string): void {
    return this.#step(() => {
      this.#mutable();
      const spot = this.#find(path, "none");
      if (spot.name === "") throw refuse("isdir", "it is a folder");
      const found = present(spot);
      if (found.kind === "directory") throw refuse("isdir", "it is a folder");
      if (spot.slash) throw refuse("notdir", "it is not a folder");
      this.#tree.unlink(spot.folder, spot.name, found);
    });
  }

  linkAt(path: string, target: Folder, targetPath: string): void {
    return this.#step(() => {
      const other = this.#sameTree(target);
      const from = this.#find(path, "slash");
      if (from.name === "" || existing(from).kind === "directory") {
        throw refuse("perm", "a folder takes no hard links");
      }
      const to = other.#find(targetPath, "none");
      if (to.name === "" || to.found) throw refuse("exist", "it exists already");
      if (to.slash) throw refuse("noent", "a path with a slash at its end names no file");
      this.#tree.link(from.folder, from.name, to.folder, to.name);
    });
  }

  renameAt(path: string, target: Folder, targetPath: string): void {
    return this.#step(() => {
      const other = this.#sameTree(target);
      const from = this.#find(path, "none");
      const to = other.#find(targetPath, "none");
      if (from.name === "" || to.name === "") throw refuse("busy", "'.' and '..' are not renamed");
      const found = existing(from);
      if (to.slash && found.kind !== "directory") {
        throw refuse("notdir", "only a folder takes a slash at its end");
      }
      if (to.slash && to.found && to.found.kind !== "directory") throw refuse("notdir", "it is not a folder");
      this.#tree.rename({ ...from, found }, to);
    });
  }

  symlinkAt(text: string, path: string): void | Promise<void> {
    return this.#step(() => {
      this.#mutable();
      checkPathText(text, this.#tree.pathMaxBytes);
      const spot = this.#find(path, "none");
      if (spot.name === "") throw refuse("exist", "it exists already");
      if (spot.found) {
        const isFile = spot.slash && spot.found.kind !== "directory";
        throw isFile ? refuse("notdir", "it is not a folder") : refuse("exist", "it exists already");
      }
      if (spot.slash) throw refuse("noent", "a path with a slash at its end names no link");
      checkLinkText(text, this.#tree.depth(spot.folder));
      return this.#tree.symlink(spot.folder, spot.name, text);
    });
  }

  readLinkAt(path: string): string {
    return this.#step(() => {
      const spot = this.#find(path, "none");
      if (spot.name === "" || existing(spot).kind !== "link") throw refuse("invalid", "it is not a link");
      const text = this.#tree.readLink(spot.folder, spot.name, existing(spot));
      if (text.startsWith("/")) throw refuse("notcapable", "the link holds a path of the host");
      return text;
    });
  }

  list(): Listing {
    return this.#step(() => {
      const tree = this.#tree;
      const node = this.#held.node();
      const stat = tree.statFolder(node);
      const names = tree.list(node, stat);
      names.setInode(0, stat.inode);
      names.setInode(1, tree.statFolder(tree.parent(node)).inode);
      return {
        count: names.count,
        copy: (first, into) => {
          // Looked at only for inodes that are not known, and then once.
          let folder: Node | undefined;
          return names.copy(first, into, (name) => tree.inode(folder ??= this.#held.node(), name));
        },
        entries: () => names.entries(),
      };
    });
  }

  sync(): void {
    return this.#step(() => {
      this.#tree.sync(this.#held.node());
    });
  }

  close(): void {
    this.#held.close();
  }

  /** One operation: whatever the tree opened on the way is closed at its end. */
  #step<T>(operation: () => T): T {
    try {
      return operation();
    } finally {
      this.#tree.done();
    }
  }

  #find(path: string, follow: Follow): Spot<Node, Found> {
    return resolve(this.#tree, this.#held.node(), path, follow, this.#tree.pathMaxBytes);
  }

  #mutable(): void {
    if (this.#tree.access === "read") throw refuse("perm", "the folder is mounted read-only");
  }

  /** Both folders may be changed and lie in one mount; a mount never lends its files to another. */
  #sameTree(target: Folder): TreeFolder<Node, Found> {
    this.#mutable();
    if (target.access === "read") throw refuse("perm", "the folder is mounted read-only");
    if (!(target instanceof TreeFolder) || target.#tree !== this.#tree) {
      throw refuse("xdev", "the two folders belong to different mounts");
    }
    return target as TreeFolder<Node, Found>;
  }
}

/** What was found, with a folder where the path demands one. */
function existing<Node, Found extends { readonly kind: FileKind }>(spot: Spot<Node, Found>): Found {
  const found = present(spot);
  if (spot.slash && found.kind !== "directory") throw refuse("notdir", "it is not a folder");
  return found;
}

function present<Node, Found>(spot: Spot<Node, Found>): Found {
  if (spot.found === undefined) throw refuse("noent", "there is no such file");
  return spot.found;
}

/** A new link may only name what lies inside the mount, judged by its text at its place. */
function checkLinkText(text: string, depth: number): void {
  if (text.startsWith("/")) throw refuse("notcapable", "a link may not hold an absolute path");
  let level = depth;
  for (const part of text.split("/")) {
    if (part === "..") level--;
    else if (part !== "" && part !== ".") level++;
    if (level < 0) throw refuse("notcapable", "the link would lead out of its mount");
  }
}
