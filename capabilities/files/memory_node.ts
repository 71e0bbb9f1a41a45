/** Files, folders and links that live in memory. */
import { CapabilityError } from "../error.ts";
import type { Budget } from "./budget.ts";
import type { FileStat, FileTimes, OpenFile } from "./files.ts";

/** What a folder in memory can hold. */
export type MemoryNode = MemoryFile | MemoryFolder | MemoryLink;

/** What all nodes of one tree share. */
export interface MemoryShared {
  readonly budget: Budget;
  readonly device: number;
  /** Counts changes, so that an untouched tree needs no restoring. */
  changes: number;
  nextInode: number;
}

const presentNs = () => BigInt(Date.now()) * 1_000_000n;

/** What every node has. */
abstract class NodeBase {
  readonly inode: number;
  readonly shared: MemoryShared;
  links = 1;
  accessedNs = presentNs();
  modifiedNs = this.accessedNs;
  changedNs = this.accessedNs;

  constructor(shared: MemoryShared) {
    this.shared = shared;
    this.inode = shared.nextInode++;
  }

  /** Notes a change of contents. */
  touch(): void {
    this.modifiedNs = this.changedNs = presentNs();
    this.shared.changes++;
  }

  setTimes(times: FileTimes): void {
    const exact = (time: bigint | "now") => time === "now" ? presentNs() : time;
    if (times.accessed !== undefined) this.accessedNs = exact(times.accessed);
    if (times.modified !== undefined) this.modifiedNs = exact(times.modified);
    this.changedNs = presentNs();
    this.shared.changes++;
  }
}

/** A link. */
export class MemoryLink extends NodeBase {
  readonly kind = "link";
  readonly text: string;

  constructor(shared: MemoryShared, text: string) {
    super(shared);
    this.text = text;
  }
}

/** A folder. */
export class MemoryFolder extends NodeBase {
  readonly kind = "directory";
  entries = new Map<string, MemoryNode>();
  parent: MemoryFolder | undefined;
  /** Removed while it was open: nothing can be made in it any more. */
  removed = false;

  constructor(shared: MemoryShared, parent: MemoryFolder | undefined) {
    super(shared);
    this.parent = parent;
  }
}

/** A file. */
export class MemoryFile extends NodeBase {
  readonly kind = "file";
  bytes = new Uint8Array();
  sizeBytes = 0;
  handles = 0;

  /** Gives it this size; new bytes are zero. */
  resize(sizeBytes: number): void {
    this.shared.budget.takeBytes(sizeBytes - this.sizeBytes);
    if (sizeBytes > this.bytes.length) {
      const capacity = Math.max(sizeBytes, Math.min(2 * this.bytes.length, sizeBytes + (1 << 20)));
      const larger = new Uint8Array(capacity);
      larger.set(this.bytes.subarray(0, this.sizeBytes));
      this.bytes = larger;
    } else if (sizeBytes < this.sizeBytes) {
      this.bytes.fill(0, sizeBytes, this.sizeBytes);
      if (sizeBytes === 0) this.bytes = new Uint8Array();
    }
    this.sizeBytes = sizeBytes;
    this.touch();
  }

  /** Gives its bytes back once no name and no handle is left. */
  releaseIfUnused(): void {
    if (this.links === 0 && this.handles === 0 && this.sizeBytes > 0) this.resize(0);
  }
}

/** The facts of a node. */
export function statOfNode(node: MemoryNode): FileStat {
  const size = node.kind === "file" ? node.sizeBytes : node.kind === "link" ? node.text.length : 0;
  return {
    kind: node.kind,
    device: node.shared.device,
    inode: node.inode,
    links: node.links,
    sizeBytes: size,
    accessedNs: node.accessedNs,
    modifiedNs: node.modifiedNs,
    changedNs: node.changedNs,
  };
}

/** An open file in memory. */
export class MemoryHandle implements OpenFile {
  readonly type = "file";
  readonly kind = "file";
  readonly readable: boolean;
  readonly writable: boolean;
  readonly #file: MemoryFile;
  #appends: boolean;
  #open = true;

  constructor(file: MemoryFile, readable: boolean, writable: boolean, append: boolean) {
    this.#file = file;
    this.readable = readable;
    this.writable = writable;
    this.#appends = append;
    file.handles++;
  }

  stat(): FileStat {
    return statOfNode(this.#file);
  }

  read(into: Uint8Array, position: number): number {
    if (!this.readable) throw new CapabilityError("badf", "the file is not open for reading");
    const file = this.#file;
    const length = Math.max(0, Math.min(into.length, file.sizeBytes - position));
    if (length > 0) into.set(file.bytes.subarray(position, position + length));
    return length;
  }

  write(from: Uint8Array, position: number): number {
    if (!this.writable) throw new CapabilityError("badf", "the file is not open for writing");
    const file = this.#file;
    const at = this.#appends ? file.sizeBytes : position;
    if (from.length === 0) return 0;
    if (at + from.length > file.sizeBytes) file.resize(at + from.length);
    else file.touch();
    file.bytes.set(from, at);
    return from.length;
  }

  append(from: Uint8Array): number {
    return this.write(from, this.#file.sizeBytes);
  }

  setAppend(append: boolean): void {
    this.#appends = append;
  }

  setSize(sizeBytes: number): void {
    if (!this.writable) throw new CapabilityError("invalid", "the file is not open for writing");
    this.#file.resize(sizeBytes);
  }

  setTimes(times: FileTimes): void {
    this.#file.setTimes(times);
  }

  sync(_metadata: boolean): void {}

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#file.handles--;
    this.#file.releaseIfUnused();
  }
}
