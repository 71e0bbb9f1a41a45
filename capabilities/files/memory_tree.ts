/** A mount in memory: the scratch folder. Bounded, and gone with its tree. */
import { CapabilityError } from "../error.ts";
import { Budget, type BudgetMax } from "./budget.ts";
import type { FileOpenOptions, FileStat, FileTimes, OpenFile } from "./files.ts";
import { NamePacker, type PackedNames } from "./listing.ts";
import {
  MemoryFile,
  MemoryFolder,
  MemoryHandle,
  MemoryLink,
  type MemoryNode,
  type MemoryShared,
  statOfNode,
} from "./memory_node.ts";
import { MemorySnapshot } from "./memory_snapshot.ts";
import type { Held, Place, Tree } from "./tree.ts";

const NAME_MAX_BYTES = 255;
const encoder = new TextEncoder();

/** A tree of {@link MemoryFolder}s. */
export class MemoryTree implements Tree<MemoryFolder, MemoryNode> {
  readonly access = "read-write";
  readonly pathMaxBytes: number;
  readonly root: MemoryFolder;
  readonly #shared: MemoryShared;

  /** @param device tells its files from those of other mounts, as the guest sees them */
  constructor(max: BudgetMax, pathMaxBytes: number, device: number) {
    this.pathMaxBytes = pathMaxBytes;
    this.#shared = { budget: new Budget(max, "nospc"), device, changes: 0, nextInode: 2 };
    this.root = new MemoryFolder(this.#shared, undefined);
  }

  /** Remembers everything in the tree. */
  snapshot(): MemorySnapshot {
    return new MemorySnapshot(this.root, this.#shared);
  }

  done(): void {}

  hold(folder: MemoryFolder): Held<MemoryFolder> {
    return { node: () => folder, close() {} };
  }

  depth(folder: MemoryFolder): number {
    let depth = 0;
    for (let above = folder.parent; above !== undefined; above = above.parent) depth++;
    return depth;
  }

  parent(folder: MemoryFolder): MemoryFolder {
    return folder.parent ?? folder;
  }

  find(folder: MemoryFolder, name: string): MemoryNode | undefined {
    if (name.length > NAME_MAX_BYTES || (name.length > 85 && encoder.encode(name).length > NAME_MAX_BYTES)) {
      throw new CapabilityError("nametoolong", `a name is longer than ${NAME_MAX_BYTES} bytes`);
    }
    return folder.entries.get(name);
  }

  enter(_folder: MemoryFolder, _name: string, found: MemoryNode): MemoryFolder {
    if (found.kind !== "directory") throw new CapabilityError("notdir", "it is not a folder");
    return found;
  }

  readLink(_folder: MemoryFolder, _name: string, found: MemoryNode): string {
    if (found.kind !== "link") throw new CapabilityError("invalid", "it is not a link");
    return found.text;
  }

  statFolder(folder: MemoryFolder): FileStat {
    return statOfNode(folder);
  }

  stat(found: MemoryNode): FileStat {
    return statOfNode(found);
  }

  setTimes(folder: MemoryFolder, name: string, times: FileTimes): void {
    (name === "" ? folder : this.#get(folder, name)).setTimes(times);
  }

  openFile(
    folder: MemoryFolder,
    name: string,
    found: MemoryNode | undefined,
    options: FileOpenOptions,
  ): OpenFile {
    const file = found ?? this.#put(folder, name, () => new MemoryFile(this.#shared));
    if (file.kind !== "file") throw new CapabilityError("isdir", "it is not a file");
    if (options.truncate) file.resize(0);
    const { access } = options;
    return new MemoryHandle(file, access !== "write", access !== "read", options.append);
  }

  makeFolder(folder: MemoryFolder, name: string): void {
    this.#put(folder, name, () => new MemoryFolder(this.#shared, folder));
  }

  removeFolder(folder: MemoryFolder, name: string): void {
    const gone = this.#get(folder, name);
    if (gone.kind !== "directory") throw new CapabilityError("notdir", "it is not a folder");
    if (gone.entries.size > 0) throw new CapabilityError("notempty", "the folder is not empty");
    this.#drop(folder, name, gone);
  }

  unlink(folder: MemoryFolder, name: string): void {
    this.#drop(folder, name, this.#get(folder, name));
  }

  link(folder: MemoryFolder, name: string, toFolder: MemoryFolder, toName: string): void {
    const node = this.#get(folder, name);
    this.#put(toFolder, toName, () => node);
    node.links++;
  }

  rename(from: Place<MemoryFolder, MemoryNode>, to: Place<MemoryFolder, MemoryNode | undefined>): void {
    const { found } = from;
    if (to.found === found) return;
    if (to.folder.removed) throw new CapabilityError("noent", "the folder was removed");
    for (let above: MemoryFolder | undefined = to.folder; above; above = above.parent) {
      if (above === found) throw new CapabilityError("invalid", "a folder does not go into itself");
    }
    if (to.found) {
      const folders = [found.kind === "directory", to.found.kind === "directory"];
      if (folders[0] && !folders[1]) throw new CapabilityError("notdir", "it is not a folder");
      if (!folders[0] && folders[1]) throw new CapabilityError("isdir", "it is a folder");
      if (to.found.kind === "directory" && to.found.entries.size > 0) {
        throw new CapabilityError("notempty", "the folder is not empty");
      }
      this.#drop(to.folder, to.name, to.found);
    }
    from.folder.entries.delete(from.name);
    to.folder.entries.set(to.name, found);
    if (found.kind === "directory") found.parent = to.folder;
    from.folder.touch();
    to.folder.touch();
  }

  symlink(folder: MemoryFolder, name: string, text: string): void {
    this.#shared.budget.takeBytes(text.length);
    try {
      this.#put(folder, name, () => new MemoryLink(this.#shared, text));
    } catch (error) {
      this.#shared.budget.takeBytes(-text.length);
      throw error;
    }
  }

  list(folder: MemoryFolder): PackedNames {
    const packer = new NamePacker();
    for (const [name, node] of folder.entries) packer.add(name, node.kind, node.inode);
    return packer.finish();
  }

  inode(folder: MemoryFolder, name: string): number {
    return folder.entries.get(name)?.inode ?? 0;
  }

  sync(): void {}

  #get(folder: MemoryFolder, name: string): MemoryNode {
    const node = folder.entries.get(name);
    if (node === undefined) throw new CapabilityError("noent", "there is no such file");
    return node;
  }

  #put<T extends MemoryNode>(folder: MemoryFolder, name: string, make: () => T): T {
    if (folder.removed) throw new CapabilityError("noent", "the folder was removed");
    this.#shared.budget.takeEntry();
    const node = make();
    folder.entries.set(name, node);
    folder.touch();
    return node;
  }

  #drop(folder: MemoryFolder, name: string, node: MemoryNode): void {
    folder.entries.delete(name);
    folder.touch();
    this.#shared.budget.giveEntry();
    node.links--;
    if (node.kind === "directory") node.removed = true;
    else if (node.kind === "file") node.releaseIfUnused();
    else if (node.links === 0) this.#shared.budget.takeBytes(-node.text.length);
  }
}
