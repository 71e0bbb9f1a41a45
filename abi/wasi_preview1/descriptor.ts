/** Descriptors: what is open, under which number, with which rights. */
import type { Folder, Listing, OpenFile } from "../../capabilities/files/files.ts";
import { Errno } from "./errno.ts";
import { FdFlag } from "./layout.ts";
import { Right, RIGHTS_STREAM } from "./rights.ts";

/** One of the three standard streams. */
export interface Stream {
  readonly type: "stream";
  readonly number: 0 | 1 | 2;
  readonly terminal: boolean;
}

/** What a descriptor stands for. */
export type Resource = OpenFile | Folder | Stream;

/** The position of a file that was appended to: at its end, wherever that is. */
export const AT_END = -1;

/** An open descriptor. */
export class Descriptor {
  resource: Resource;
  /** What it may be used for. */
  rights: number;
  /** What may be given to descriptors that are opened through it. */
  inheriting: number;
  /** `fdflags`. */
  flags: number;
  /** Where the next read or write happens; {@link AT_END} after an append. */
  position = 0;
  /** The guest's name of a preopened folder, as UTF-8. */
  preopen: Uint8Array | undefined;
  /** The folder's names as they were when cookie 0 was asked for: what keeps cookies stable. */
  listing: Listing | undefined;
  /** Part of the clean state: its resource outlives this descriptor. */
  pinned = false;

  constructor(resource: Resource, rights: number, inheriting: number, flags: number) {
    this.resource = resource;
    this.rights = rights;
    this.inheriting = inheriting;
    this.flags = flags;
  }

  /** Errno for using it without the right: what programs expect rather than a bare NOTCAPABLE. */
  lacks(right: number): Errno {
    const { resource } = this;
    if (resource.type === "folder" && (right & ONLY_FILES) !== 0) return Errno.BADF; // as wasmtime has it
    if (resource.type === "stream") {
      if ((right & (Right.FD_SEEK | Right.FD_TELL)) !== 0) return Errno.SPIPE;
      return (right & RIGHTS_STREAM) !== 0 ? Errno.BADF : Errno.INVAL;
    }
    if (resource.type === "file") {
      if ((right & ONLY_FOLDERS) !== 0) return Errno.NOTDIR;
      if (right === Right.FD_READ && !resource.readable) return Errno.BADF;
      if (right === Right.FD_WRITE && !resource.writable) return Errno.BADF;
      if (right === Right.FD_FILESTAT_SET_SIZE && !resource.writable) return Errno.INVAL;
    }
    return Errno.NOTCAPABLE;
  }
}

const ONLY_FILES = Right.FD_READ | Right.FD_WRITE | Right.FD_SEEK | Right.FD_TELL | Right.FD_ALLOCATE |
  Right.FD_FILESTAT_SET_SIZE | Right.FD_DATASYNC | Right.FD_ADVISE;

const ONLY_FOLDERS = Right.FD_READDIR | Right.PATH_OPEN | Right.PATH_CREATE_FILE |
  Right.PATH_CREATE_DIRECTORY | Right.PATH_LINK_SOURCE | Right.PATH_LINK_TARGET | Right.PATH_READLINK |
  Right.PATH_RENAME_SOURCE | Right.PATH_RENAME_TARGET | Right.PATH_FILESTAT_GET |
  Right.PATH_FILESTAT_SET_TIMES | Right.PATH_SYMLINK | Right.PATH_REMOVE_DIRECTORY | Right.PATH_UNLINK_FILE;

/** Streams have 0 to 2; everything that is opened gets the lowest free number from here. */
const FIRST_NUMBER = 3;

/** What a clean descriptor is put back to. */
interface CleanDescriptor {
  readonly number: number;
  readonly descriptor: Descriptor;
  readonly rights: number;
  readonly inheriting: number;
  readonly flags: number;
  readonly position: number;
  readonly preopen: Uint8Array | undefined;
}

/** The numbers of one instance. */
export class DescriptorTable {
  readonly #maxCount: number;
  #slots: (Descriptor | undefined)[] = [];
  #count = 0;
  #clean: readonly CleanDescriptor[] = [];

  constructor(maxCount: number) {
    this.#maxCount = maxCount;
  }

  /** What is open under a number, which may be anything. */
  get(number: number): Descriptor | undefined {
    return this.#slots[number >>> 0];
  }

  /** Puts a descriptor at a number while the table is made. */
  place(number: number, descriptor: Descriptor): void {
    this.#slots[number] = descriptor;
    this.#count++;
  }

  /** Whether no further descriptor may be opened. */
  get full(): boolean {
    return this.#count >= this.#maxCount;
  }

  /** Gives a descriptor the lowest free number from 3 on. */
  add(descriptor: Descriptor): number {
    let number = FIRST_NUMBER;
    while (this.#slots[number] !== undefined) number++;
    this.#slots[number] = descriptor;
    this.#count++;
    return number;
  }

  /** Closes a number; `false` when it is not open. */
  close(number: number): boolean {
    const descriptor = this.#slots[number >>> 0];
    if (descriptor === undefined) return false;
    this.#slots[number >>> 0] = undefined;
    this.#count--;
    release(descriptor);
    return true;
  }

  /** Moves what is open at `from` to `to`, closing what was there. Both must be open. */
  renumber(from: number, to: number): boolean {
    const moved = this.#slots[from >>> 0];
    const replaced = this.#slots[to >>> 0];
    if (moved === undefined || replaced === undefined) return false;
    if (from >>> 0 === to >>> 0) return true;
    this.#slots[to >>> 0] = moved;
    this.#slots[from >>> 0] = undefined;
    this.#count--;
    release(replaced);
    return true;
  }

  /** Takes what is open now for the clean state. */
  snapshot(): void {
    const clean: CleanDescriptor[] = [];
    this.#slots.forEach((descriptor, number) => {
      if (descriptor === undefined) return;
      descriptor.pinned = true;
      const { rights, inheriting, flags, position, preopen } = descriptor;
      clean.push({ number, descriptor, rights, inheriting, flags, position, preopen });
    });
    this.#clean = clean;
  }

  /** Closes what was opened since, and puts the clean descriptors back at their numbers. */
  restore(): void {
    for (const descriptor of this.#slots) {
      if (descriptor !== undefined) release(descriptor);
    }
    this.#slots = [];
    for (const clean of this.#clean) {
      const { descriptor } = clean;
      if (!appendAsBefore(descriptor, clean.flags)) continue;
      descriptor.rights = clean.rights;
      descriptor.inheriting = clean.inheriting;
      descriptor.flags = clean.flags;
      descriptor.position = clean.position;
      descriptor.preopen = clean.preopen;
      descriptor.listing = undefined;
      this.#slots[clean.number] = descriptor;
    }
    this.#count = this.#clean.length;
  }

  /** Closes everything. */
  closeAll(): void {
    for (const { descriptor } of this.#clean) descriptor.pinned = false;
    for (const descriptor of [...this.#slots, ...this.#clean.map((clean) => clean.descriptor)]) {
      if (descriptor !== undefined) release(descriptor);
    }
    this.#slots = [];
    this.#clean = [];
    this.#count = 0;
  }
}

/** Closes what a descriptor stands for, unless it belongs to the clean state. */
function release(descriptor: Descriptor): void {
  descriptor.listing = undefined;
  if (descriptor.pinned || descriptor.resource.type === "stream") return;
  descriptor.resource.close();
}

/** Puts the append flag of a file back; `false` when that cannot be done: then the number stays closed. */
function appendAsBefore({ flags, resource }: Descriptor, cleanFlags: number): boolean {
  if (resource.type !== "file" || ((flags ^ cleanFlags) & FdFlag.APPEND) === 0) return true;
  try {
    resource.setAppend((cleanFlags & FdFlag.APPEND) !== 0);
    return true;
  } catch {
    return false; // the file was moved or removed meanwhile
  }
}
