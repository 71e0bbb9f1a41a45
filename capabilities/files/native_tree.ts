/**
 * A mount of a host directory through the C library: each step is relative to an open directory and follows nothing, so
 * what the door saw is what is used, whatever other programs do meanwhile. It also makes symbolic links by itself.
 */
import fs from "node:fs";
import { CapabilityError } from "../error.ts";
import { Budget, FileLedger } from "./budget.ts";
import type { FileKind, FileOpenOptions, FileStat, FileTimes, OpenFile } from "./files.ts";
import { countPresent, type HostTreeOptions } from "./host_tree.ts";
import { onHost } from "./host_error.ts";
import { type NativeContext, NativeFile } from "./native_file.ts";
import { Libc } from "./native_libc.ts";
import { packEntries, Statx } from "./native_stat.ts";
import { timespecs } from "./native_times.ts";
import { NamePacker, type PackedNames } from "./listing.ts";
import { ListingCache } from "./listing_cache.ts";
import type { Held, Place, Tree } from "./tree.ts";

/** An open directory, and how deep below the top of the mount it lies. */
export interface NativeFolder {
  readonly descriptor: number;
  readonly depth: number;
}

/** What a name stands for. */
export interface NativeFound extends FileStat {
  readonly kind: FileKind;
}

const { O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_TRUNC, O_APPEND } = fs.constants;
const O_CLOEXEC = 0o2000000;
const O_PATH = 0o10000000;
const O_FOLDER = fs.constants.O_DIRECTORY | fs.constants.O_NOFOLLOW | O_CLOEXEC;
const O_FILE = fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK | fs.constants.O_NOCTTY | O_CLOEXEC;
const AT_FDCWD = -100;
const AT_SYMLINK_NOFOLLOW = 0x100;
const AT_REMOVEDIR = 0x200;
const F_DUPFD_CLOEXEC = 1030;
const SYS_OPENAT2 = 437n;
// struct open_how: flags u64, mode u64, resolve u64 (RESOLVE_BENEATH 8 | RESOLVE_NO_SYMLINKS 4 | RESOLVE_NO_MAGICLINKS 2).
const RESOLVE = 14n;
const FOLDER_HOW = new Uint8Array(new BigUint64Array([BigInt(O_PATH | O_FOLDER), 0n, RESOLVE]).buffer);
const LIST_BYTES = 1 << 16;
const DIRECTIONS = { read: O_RDONLY, write: O_WRONLY, both: O_RDWR, any: O_RDWR } as const;

const keyOf = (stat: FileStat) => `${stat.device}:${stat.inode}`;

/** A tree of open directories. */
export class NativeTree implements Tree<NativeFolder, NativeFound> {
  readonly access: "read" | "read-write";
  readonly pathMaxBytes: number;
  readonly #root: string;
  readonly #libc = new Libc();
  readonly #statx = new Statx(this.#libc);
  readonly #listings = new ListingCache();
  readonly #ledger: FileLedger | undefined;
  readonly #context: NativeContext;
  readonly #how = new BigUint64Array([0n, 0n, RESOLVE]);
  readonly #howBytes = new Uint8Array(this.#how.buffer);
  /** What the kernel writes entries into, from the first listing on. */
  #entries: Uint8Array<ArrayBuffer> | undefined;
  /** Directories that the walk under way has opened. */
  readonly #passing: number[] = [];

  constructor(root: string, options: Omit<HostTreeOptions, "makeLink">) {
    this.#root = root;
    this.access = options.access;
    this.pathMaxBytes = options.pathMaxBytes;
    if (options.quota) {
      const budget = new Budget(options.quota, "dquot");
      onHost(() => countPresent(root, budget));
      this.#ledger = new FileLedger(budget);
    }
    this.#context = { libc: this.#libc, statx: this.#statx, ledger: this.#ledger };
  }

  /** The top of the mount: the directory that is there now. */
  holdRoot(): Held<NativeFolder> {
    const path = this.#libc.name(this.#root);
    const descriptor = this.#libc.run(() => this.#libc.call.openat(AT_FDCWD, path, O_PATH | O_FOLDER, 0));
    return this.#heldFor({ descriptor, depth: 0 });
  }

  hold(folder: NativeFolder): Held<NativeFolder> {
    const descriptor = this.#libc.run(() => this.#libc.call.fcntl(folder.descriptor, F_DUPFD_CLOEXEC, 3));
    return this.#heldFor({ descriptor, depth: folder.depth });
  }

  #heldFor(folder: NativeFolder): Held<NativeFolder> {
    let open = true;
    return {
      node: () => folder,
      close: () => {
        if (open) this.#libc.call.close(folder.descriptor);
        open = false;
      },
    };
  }

  done(): void {
    for (let descriptor = this.#passing.pop(); descriptor !== undefined; descriptor = this.#passing.pop()) {
      this.#libc.call.close(descriptor);
    }
  }

  descend(folder: NativeFolder, path: string): NativeFolder | undefined {
    const name = this.#libc.name(path);
    const result = this.#libc.call.syscall(SYS_OPENAT2, BigInt(folder.descriptor), name, FOLDER_HOW, 24n);
    if (result < 0n) return undefined;
    const descriptor = Number(result);
    this.#passing.push(descriptor);
    return { descriptor, depth: folder.depth + path.split("/").length };
  }

  find(folder: NativeFolder, name: string): NativeFound | undefined {
    return this.#statx.at(folder.descriptor, name);
  }

  enter(folder: NativeFolder, name: string): NativeFolder {
    const path = this.#libc.name(name);
    const descriptor = this.#libc.run(() =>
      this.#libc.call.openat(folder.descriptor, path, O_PATH | O_FOLDER, 0)
    );
    this.#passing.push(descriptor);
    return { descriptor, depth: folder.depth + 1 };
  }

  readLink(folder: NativeFolder, name: string): string {
    const path = this.#libc.name(name);
    const text = new Uint8Array(4096);
    const length = this.#libc.run(() => this.#libc.call.readlinkat(folder.descriptor, path, text, 4096n));
    return new TextDecoder().decode(text.subarray(0, length));
  }

  depth(folder: NativeFolder): number {
    return folder.depth;
  }

  parent(folder: NativeFolder): NativeFolder {
    if (folder.depth === 0) return folder;
    // Only asked for the inode of '..', which says nothing about how to get there.
    const path = this.#libc.name("..");
    const descriptor = this.#libc.run(() =>
      this.#libc.call.openat(folder.descriptor, path, O_PATH | O_FOLDER, 0)
    );
    this.#passing.push(descriptor);
    return { descriptor, depth: folder.depth - 1 };
  }

  statFolder(folder: NativeFolder): FileStat {
    return this.#statx.of(folder.descriptor);
  }

  stat(found: NativeFound): FileStat {
    return found;
  }

  setTimes(folder: NativeFolder, name: string, times: FileTimes): void {
    const path = this.#libc.name(name === "" ? "." : name);
    this.#libc.run(() =>
      this.#libc.call.utimensat(folder.descriptor, path, timespecs(times), AT_SYMLINK_NOFOLLOW)
    );
  }

  openPlain(folder: NativeFolder, path: string, options: FileOpenOptions): OpenFile | undefined {
    const writes = options.access === "write" || options.access === "both";
    if (writes && this.access === "read") return undefined;
    const direction = options.access === "any" && this.access === "read"
      ? O_RDONLY
      : DIRECTIONS[options.access];
    const append = options.append ? O_APPEND : 0;
    this.#how[0] = BigInt(O_FILE | direction | append);
    const name = this.#libc.name(path);
    const result = this.#libc.call.syscall(SYS_OPENAT2, BigInt(folder.descriptor), name, this.#howBytes, 24n);
    if (result < 0n) return undefined;
    const descriptor = Number(result);
    if (this.#statx.of(descriptor).kind === "file") {
      return new NativeFile(this.#context, descriptor, "file", direction, options.append);
    }
    this.#libc.call.close(descriptor);
    return undefined;
  }

  openFile(
    folder: NativeFolder,
    name: string,
    found: NativeFound | undefined,
    options: FileOpenOptions,
  ): OpenFile {
    let flags = O_FILE | (options.append ? O_APPEND : 0);
    if (found && options.truncate) flags |= O_TRUNC;
    if (!found) {
      flags |= O_CREAT | (options.exclusive ? O_EXCL : 0);
      this.#ledger?.budget.takeEntry();
    }
    try {
      const file = this.#open(folder, name, flags, found?.kind ?? "file", options);
      if (found && options.truncate) this.#ledger?.emptied(keyOf(found), found.sizeBytes);
      return file;
    } catch (error) {
      if (!found) this.#ledger?.budget.giveEntry();
      throw error;
    }
  }

  #open(
    folder: NativeFolder,
    name: string,
    flags: number,
    kind: FileKind,
    options: FileOpenOptions,
  ): OpenFile {
    const { call } = this.#libc;
    const attempt = (direction: number) => {
      const path = this.#libc.name(name);
      const descriptor = this.#libc.run(() => call.openat(folder.descriptor, path, flags | direction, 0o666));
      return new NativeFile(this.#context, descriptor, kind, direction, options.append);
    };
    if (options.access !== "any") {
      return attempt(options.access === "read" && options.truncate ? O_RDWR : DIRECTIONS[options.access]);
    }
    if (this.access === "read") return attempt(O_RDONLY);
    try {
      return attempt(O_RDWR);
    } catch (error) {
      const retry = error instanceof CapabilityError &&
        ["acces", "perm", "rofs", "txtbsy"].includes(error.code);
      if (!retry) throw error;
      return attempt(O_RDONLY);
    }
  }

  makeFolder(folder: NativeFolder, name: string): void {
    const path = this.#libc.name(name);
    this.#counted(() => this.#libc.call.mkdirat(folder.descriptor, path, 0o777));
  }

  removeFolder(folder: NativeFolder, name: string): void {
    const path = this.#libc.name(name);
    this.#libc.run(() => this.#libc.call.unlinkat(folder.descriptor, path, AT_REMOVEDIR));
    this.#ledger?.budget.giveEntry();
  }

  unlink(folder: NativeFolder, name: string, found: NativeFound): void {
    const path = this.#libc.name(name);
    this.#libc.run(() => this.#libc.call.unlinkat(folder.descriptor, path, 0));
    this.#gone(found);
  }

  #gone(found: NativeFound): void {
    this.#ledger?.budget.giveEntry();
    if (found.kind === "file" && found.links <= 1) this.#ledger?.unlinked(keyOf(found), found.sizeBytes);
  }

  link(folder: NativeFolder, name: string, toFolder: NativeFolder, toName: string): void {
    const [from, to] = [this.#libc.name(name, 0), this.#libc.name(toName, 1)];
    this.#counted(() => this.#libc.call.linkat(folder.descriptor, from, toFolder.descriptor, to, 0));
  }

  rename(from: Place<NativeFolder, NativeFound>, to: Place<NativeFolder, NativeFound | undefined>): void {
    const [oldName, newName] = [this.#libc.name(from.name, 0), this.#libc.name(to.name, 1)];
    this.#libc.run(() =>
      this.#libc.call.renameat(from.folder.descriptor, oldName, to.folder.descriptor, newName)
    );
    if (to.found && keyOf(to.found) !== keyOf(from.found)) this.#gone(to.found);
  }

  symlink(folder: NativeFolder, name: string, text: string): void {
    const [held, path] = [this.#libc.name(text, 0), this.#libc.name(name, 1)];
    this.#counted(() => this.#libc.call.symlinkat(held, folder.descriptor, path));
  }

  /** Takes an entry of the quota for what makes one, and gives it back when that fails. */
  #counted(step: () => number): void {
    this.#ledger?.budget.takeEntry();
    try {
      this.#libc.run(step);
    } catch (error) {
      this.#ledger?.budget.giveEntry();
      throw error;
    }
  }

  list(folder: NativeFolder, stat: FileStat): PackedNames {
    return this.#listings.get(stat, BigInt(Date.now()) * 1_000_000n, () => this.#read(folder));
  }

  #read(folder: NativeFolder): PackedNames {
    const { call } = this.#libc;
    const path = this.#libc.name(".");
    const descriptor = this.#libc.run(() => call.openat(folder.descriptor, path, O_RDONLY | O_FOLDER, 0));
    try {
      const bytes = this.#entries ??= new Uint8Array(LIST_BYTES);
      const packer = new NamePacker();
      for (;;) {
        const length = this.#libc.run(() => call.getdents64(descriptor, bytes, BigInt(LIST_BYTES)));
        if (length === 0) return packer.finish();
        packEntries(packer, bytes, length);
      }
    } finally {
      call.close(descriptor);
    }
  }

  inode(folder: NativeFolder, name: string): number {
    return this.find(folder, name)?.inode ?? 0;
  }

  sync(folder: NativeFolder): void {
    const { call } = this.#libc;
    const path = this.#libc.name(".");
    const descriptor = this.#libc.run(() => call.openat(folder.descriptor, path, O_RDONLY | O_FOLDER, 0));
    this.#passing.push(descriptor);
    this.#libc.run(() => call.fsync(descriptor));
  }
}
