/** The state of a tree in memory, to be put back after a request. Nodes keep their identity: handles stay right. */
import type { MemoryFile, MemoryFolder, MemoryNode, MemoryShared } from "./memory_node.ts";

interface SavedFolder {
  readonly folder: MemoryFolder;
  readonly entries: ReadonlyMap<string, MemoryNode>;
  readonly parent: MemoryFolder | undefined;
  readonly times: SavedTimes;
}

interface SavedFile {
  readonly file: MemoryFile;
  readonly bytes: Uint8Array;
  readonly times: SavedTimes;
}

type SavedTimes = readonly [links: number, accessedNs: bigint, modifiedNs: bigint, changedNs: bigint];

/** Everything below a folder as it was. */
export class MemorySnapshot {
  readonly #shared: MemoryShared;
  readonly #folders: SavedFolder[] = [];
  readonly #files = new Map<MemoryFile, SavedFile>();
  #changes: number;

  constructor(root: MemoryFolder, shared: MemoryShared) {
    this.#shared = shared;
    this.#changes = shared.changes;
    this.#save(root);
  }

  #save(root: MemoryFolder): void {
    const pending = [root];
    for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
      const { entries, parent } = folder;
      this.#folders.push({ folder, entries: new Map(entries), parent, times: timesOf(folder) });
      for (const node of entries.values()) {
        if (node.kind === "directory") pending.push(node);
        if (node.kind === "file") {
          this.#files.set(node, {
            file: node,
            bytes: node.bytes.slice(0, node.sizeBytes),
            times: timesOf(node),
          });
        }
      }
    }
  }

  /** Puts everything back. Open handles on what is not part of the state must have been closed. */
  restore(): void {
    if (this.#shared.changes === this.#changes) return;
    const { budget } = this.#shared;
    for (const { folder, entries, parent, times } of this.#folders) {
      folder.entries = new Map(entries);
      folder.parent = parent;
      folder.removed = false;
      setTimes(folder, times);
    }
    for (const { file, bytes, times } of this.#files.values()) {
      file.bytes = bytes.slice();
      file.sizeBytes = bytes.length;
      setTimes(file, times);
    }
    // What is counted is made anew from what is there.
    budget.takeBytes(-budget.bytes);
    while (budget.entries > 0) budget.giveEntry();
    for (const { entries } of this.#folders) {
      for (const node of entries.values()) budget.found(node.kind === "link" ? node.text.length : 0);
    }
    for (const { bytes } of this.#files.values()) budget.takeBytes(bytes.length);
    this.#changes = this.#shared.changes;
  }
}

const timesOf = (node: MemoryNode): SavedTimes => [
  node.links,
  node.accessedNs,
  node.modifiedNs,
  node.changedNs,
];

function setTimes(node: MemoryNode, [links, accessedNs, modifiedNs, changedNs]: SavedTimes): void {
  node.links = links;
  node.accessedNs = accessedNs;
  node.modifiedNs = modifiedNs;
  node.changedNs = changedNs;
}
