/** A mount backed by a directory of the host. Single steps only: the door has decided where they go. */
import fs from "node:fs";
import { CapabilityError } from "../error.ts";
import { Budget, type BudgetMax, FileLedger } from "./budget.ts";
import type { FileKind, FileOpenOptions, FileStat, FileTimes, OpenFile } from "./files.ts";
import { fromHostError, hostCode, onHost } from "./host_error.ts";
import { HostFile, type HostFileContext, timesInSeconds } from "./host_file.ts";
import { HeldDirectory } from "./host_held.ts";
import { type HostFound, kindOfMode, StatReader } from "./host_stat.ts";
import { NamePacker, type PackedNames } from "./listing.ts";
import { ListingCache } from "./listing_cache.ts";
import type { Held, Place, Tree } from "./tree.ts";

/** Asks someone with more permissions to create a link: a path below the root, and the link's text. */
export type MakeLink = (rootPath: string, path: string, text: string) => void | Promise<void>;

/** How a host directory is mounted. */
export interface HostTreeOptions {
  readonly access: "read" | "read-write";
  readonly pathMaxBytes: number;
  /** Present for a folder with a quota; what is in it already is counted. */
  readonly quota?: BudgetMax;
  readonly makeLink?: MakeLink | undefined;
}

const { O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_TRUNC, O_APPEND } = fs.constants;
// O_NOFOLLOW: the last name is what the door saw. O_NONBLOCK: a fifo put in its place cannot hold the worker.
const O_ALWAYS = fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK | fs.constants.O_NOCTTY;

const join = (folder: string, name: string) => folder === "/" ? `/${name}` : `${folder}/${name}`;

/** A tree of host directories; a node is an absolute path without links, a slash at its end or `..`. */
export class HostTree implements Tree<string, HostFound> {
  readonly access: "read" | "read-write";
  readonly pathMaxBytes: number;
  readonly #root: string;
  readonly #makeLink: MakeLink | undefined;
  readonly #stats = new StatReader();
  readonly #listings = new ListingCache();
  readonly #ledger: FileLedger | undefined;
  readonly #context: HostFileContext;
  readonly #held = new Set<HeldDirectory>();

  constructor(root: string, options: HostTreeOptions) {
    this.#root = root;
    this.access = options.access;
    this.pathMaxBytes = options.pathMaxBytes;
    this.#makeLink = options.makeLink;
    if (options.quota) {
      const budget = new Budget(options.quota, "dquot");
      onHost(() => countPresent(root, budget));
      this.#ledger = new FileLedger(budget);
    }
    this.#context = { stats: this.#stats, ledger: this.#ledger };
  }

  done(): void {}

  hold(folder: string): Held<string> {
    const held = new HeldDirectory(folder, false, (closed) => this.#held.delete(closed));
    this.#held.add(held);
    return held;
  }

  /** The top of the mount; see {@link HeldDirectory} for `replaceable`. */
  holdRoot(replaceable: boolean): Held<string> {
    return new HeldDirectory(this.#root, replaceable, () => {});
  }

  depth(folder: string): number {
    return folder === this.#root ? 0 : folder.slice(this.#root.length).split("/").filter(Boolean).length;
  }

  parent(folder: string): string {
    return folder === this.#root ? folder : folder.slice(0, Math.max(folder.lastIndexOf("/"), 1));
  }

  find(folder: string, name: string): HostFound | undefined {
    // A name that is not there comes as an exception; without its stack, which nobody reads, it takes half the time.
    const frames = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    try {
      const info = Deno.lstatSync(join(folder, name));
      return { kind: kindOfMode(info.mode ?? 0), info };
    } catch (error) {
      if (hostCode(error) === "ENOENT") return undefined;
      throw fromHostError(error);
    } finally {
      Error.stackTraceLimit = frames;
    }
  }

  enter(folder: string, name: string): string {
    return join(folder, name);
  }

  /** One part is looked at; for more of them the host says in one step what the path is without links. */
  descend(folder: string, path: string): string | undefined {
    const full = join(folder, path);
    const frames = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    try {
      if (path.includes("/")) return Deno.realPathSync(full) === full ? full : undefined;
      return Deno.lstatSync(full).isDirectory ? full : undefined;
    } catch {
      return undefined; // the walk tells why
    } finally {
      Error.stackTraceLimit = frames;
    }
  }

  readLink(folder: string, name: string): string {
    return onHost(() => Deno.readLinkSync(join(folder, name)));
  }

  statFolder(folder: string): FileStat {
    return this.#stats.fromDeno(onHost(() => Deno.lstatSync(folder)));
  }

  stat(found: HostFound): FileStat {
    return this.#stats.fromDeno(found.info);
  }

  setTimes(folder: string, name: string, times: FileTimes): void {
    const path = name === "" ? folder : join(folder, name);
    onHost(() => {
      const before = this.#stats.fromDeno(Deno.lstatSync(path));
      const [accessedS, modifiedS] = timesInSeconds(before, times);
      fs.lutimesSync(path, accessedS, modifiedS);
      this.#stats.remember(before, times);
    });
  }

  openFile(folder: string, name: string, found: HostFound | undefined, options: FileOpenOptions): OpenFile {
    const path = join(folder, name);
    let flags = O_ALWAYS;
    if (options.append) flags |= O_APPEND;
    if (found && options.truncate) flags |= O_TRUNC;
    if (!found) {
      flags |= options.exclusive ? O_CREAT | O_EXCL : O_CREAT;
      this.#ledger?.budget.takeEntry();
    }
    try {
      const file = this.#open(path, flags, found, options);
      if (found && options.truncate) {
        this.#ledger?.emptied(`${found.info.dev}:${found.info.ino}`, found.info.size);
      }
      return file;
    } catch (error) {
      if (!found) this.#ledger?.budget.giveEntry();
      throw fromHostError(error);
    }
  }

  #open(path: string, flags: number, found: HostFound | undefined, options: FileOpenOptions): OpenFile {
    switch (options.access) {
      case "read":
        return this.#attempt(path, flags, found, options.truncate ? O_RDWR : O_RDONLY);
      case "write":
        return this.#attempt(path, flags, found, O_WRONLY);
      case "both":
        return this.#attempt(path, flags, found, O_RDWR);
      case "any":
        return this.access === "read"
          ? this.#attempt(path, flags, found, O_RDONLY)
          : attemptAny((direction) => this.#attempt(path, flags, found, direction));
    }
  }

  #attempt(path: string, flags: number, found: HostFound | undefined, direction: number): OpenFile {
    const all = flags | direction;
    const opening = {
      path,
      flags: all,
      kind: found?.kind ?? "file",
      identity: found && { dev: found.info.dev, ino: found.info.ino ?? 0 },
      readable: direction !== O_WRONLY,
      writable: direction !== O_RDONLY,
    };
    // Checking a mode takes a third of the time of opening.
    const descriptor = found ? fs.openSync(path, all) : fs.openSync(path, all, 0o666);
    return new HostFile(this.#context, opening, descriptor);
  }

  makeFolder(folder: string, name: string): void {
    this.#ledger?.budget.takeEntry();
    try {
      Deno.mkdirSync(join(folder, name), { mode: 0o777 });
    } catch (error) {
      this.#ledger?.budget.giveEntry();
      throw fromHostError(error);
    }
  }

  removeFolder(folder: string, name: string): void {
    onHost(() => fs.rmdirSync(join(folder, name)));
    this.#ledger?.budget.giveEntry();
  }

  unlink(folder: string, name: string, found: HostFound): void {
    onHost(() => fs.unlinkSync(join(folder, name)));
    this.#gone(found);
  }

  #gone(found: HostFound): void {
    if (this.#ledger === undefined) return;
    this.#ledger.budget.giveEntry();
    const { info } = found;
    if (found.kind === "file" && (info.nlink ?? 1) <= 1) {
      this.#ledger.unlinked(`${info.dev}:${info.ino}`, info.size);
    }
  }

  link(folder: string, name: string, toFolder: string, toName: string): void {
    this.#ledger?.budget.takeEntry();
    try {
      Deno.linkSync(join(folder, name), join(toFolder, toName));
    } catch (error) {
      this.#ledger?.budget.giveEntry();
      throw fromHostError(error);
    }
  }

  rename(from: Place<string, HostFound>, to: Place<string, HostFound | undefined>): void {
    const oldPath = join(from.folder, from.name);
    const newPath = join(to.folder, to.name);
    onHost(() => fs.renameSync(oldPath, newPath));
    const same = to.found && to.found.info.ino === from.found.info.ino &&
      to.found.info.dev === from.found.info.dev;
    if (to.found && !same) this.#gone(to.found);
    if (from.found.kind === "directory") {
      for (const held of this.#held) held.moved(oldPath, newPath);
    }
  }

  symlink(folder: string, name: string, text: string): void | Promise<void> {
    this.#ledger?.budget.takeEntry();
    const failed = (error: unknown): never => {
      this.#ledger?.budget.giveEntry();
      // Deno lets no worker with path permissions create links: to the guest that is a file system without them.
      if (error instanceof Deno.errors.NotCapable) {
        throw new CapabilityError("perm", "links cannot be created on this mount");
      }
      throw fromHostError(error);
    };
    try {
      const path = join(folder, name);
      if (!this.#makeLink) return Deno.symlinkSync(text, path);
      return this.#makeLink(this.#root, path.slice(join(this.#root, "").length), text)?.catch(failed);
    } catch (error) {
      failed(error);
    }
  }

  list(folder: string, stat: FileStat): PackedNames {
    return this.#listings.get(stat, BigInt(Date.now()) * 1_000_000n, () =>
      onHost(() => {
        const packer = new NamePacker();
        for (const entry of Deno.readDirSync(folder)) packer.add(entry.name, kindOfEntry(entry), 0);
        return packer.finish();
      }));
  }

  inode(folder: string, name: string): number {
    try {
      return Deno.lstatSync(join(folder, name)).ino ?? 0;
    } catch {
      return 0;
    }
  }

  sync(folder: string): void {
    onHost(() => {
      const descriptor = fs.openSync(folder, O_RDONLY | fs.constants.O_DIRECTORY | fs.constants.O_NOFOLLOW);
      try {
        fs.fsyncSync(descriptor);
      } finally {
        fs.closeSync(descriptor);
      }
    });
  }
}

/** Both directions if the file allows it, else reading, else writing. */
function attemptAny(attempt: (direction: number) => OpenFile): OpenFile {
  let first: unknown;
  for (const direction of [O_RDWR, O_RDONLY, O_WRONLY]) {
    try {
      return attempt(direction);
    } catch (error) {
      first ??= error;
      if (!["EACCES", "EPERM", "EROFS", "ETXTBSY"].includes(hostCode(error))) throw error;
    }
  }
  throw first;
}

function kindOfEntry(entry: Deno.DirEntry): FileKind {
  if (entry.isFile) return "file";
  if (entry.isDirectory) return "directory";
  return entry.isSymlink ? "link" : "unknown";
}

/** Counts what lies in a folder with a quota; links are counted and not followed. */
export function countPresent(root: string, budget: Budget): void {
  const pending = [root];
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    for (const entry of Deno.readDirSync(folder)) {
      const path = join(folder, entry.name);
      budget.found(entry.isFile ? Deno.lstatSync(path).size : 0);
      if (entry.isDirectory) pending.push(path);
    }
  }
}
