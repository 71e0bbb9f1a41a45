/** An open file of the host. */
import fs from "node:fs";
import { CapabilityError } from "../error.ts";
import type { FileKind, FileStat, FileTimes, OpenFile } from "./files.ts";
import type { FileLedger } from "./budget.ts";
import { fromHostError, onHost } from "./host_error.ts";
import { type NodeStat, type StatReader } from "./host_stat.ts";

/** What a file shares with its tree. */
export interface HostFileContext {
  readonly stats: StatReader;
  /** Present under a quota. */
  readonly ledger: FileLedger | undefined;
}

/** How a file was opened. */
export interface HostFileOpening {
  readonly path: string;
  readonly flags: number;
  readonly kind: FileKind;
  readonly readable: boolean;
  readonly writable: boolean;
  /** Device and inode, where they are known. */
  readonly identity: { readonly dev: number; readonly ino: number } | undefined;
}

const keyOf = (stat: NodeStat) => `${stat.dev}:${stat.ino}`;
const SIZE_MAX_BYTES = Number.MAX_SAFE_INTEGER;

/** A descriptor of the host's, owned by this object. */
export class HostFile implements OpenFile {
  readonly type = "file";
  readonly #context: HostFileContext;
  readonly #opening: HostFileOpening;
  readonly #key: string = "";
  #descriptor: number;
  #appends: boolean;
  #identity: { readonly dev: number; readonly ino: number } | undefined;
  #statted = false;
  /** Where the kernel's own position stands: a call at this place needs no position, which is faster. */
  #kernelAt = 0;

  constructor(context: HostFileContext, opening: HostFileOpening, descriptor: number) {
    this.#context = context;
    this.#opening = opening;
    this.#descriptor = descriptor;
    this.#identity = opening.identity;
    this.#statted = opening.identity !== undefined;
    this.#appends = (opening.flags & fs.constants.O_APPEND) !== 0;
    if (context.ledger) {
      const stat = fs.fstatSync(descriptor);
      this.#key = keyOf(stat);
      context.ledger.opened(this.#key, stat.size);
    }
  }

  get kind(): FileKind {
    return this.#opening.kind;
  }

  get readable(): boolean {
    return this.#opening.readable;
  }

  get writable(): boolean {
    return this.#opening.writable;
  }

  /**
   * By its path where the same file is still there, which takes a fifth of the time, else by its descriptor, which
   * keeps its inode from being used again.
   */
  stat(): FileStat {
    if (this.#identity !== undefined) {
      const { dev, ino } = this.#identity;
      try {
        const info = Deno.lstatSync(this.#opening.path);
        if (info.ino === ino && info.dev === dev) return this.#context.stats.fromDeno(info);
      } catch {
        // it was renamed or removed
      }
      this.#identity = undefined;
      return this.#context.stats.fromNode(onHost(() => fs.fstatSync(this.#descriptor)));
    }
    const stat = onHost(() => fs.fstatSync(this.#descriptor));
    if (!this.#statted) this.#identity = stat;
    this.#statted = true;
    return this.#context.stats.fromNode(stat);
  }

  read(into: Uint8Array, position: number): number {
    const at = this.#position(position);
    try {
      const got = fs.readSync(this.#descriptor, into, 0, into.length, at);
      if (at === null) this.#kernelAt += got;
      return got;
    } catch (error) {
      throw fromHostError(error);
    }
  }

  write(from: Uint8Array, position: number): number {
    if (this.#appends) return this.append(from);
    this.#context.ledger?.reserve(this.#key, position + from.length);
    const at = this.#position(position);
    const put = this.#put(from, at);
    if (at === null) this.#kernelAt += put;
    return put;
  }

  append(from: Uint8Array): number {
    const { ledger } = this.#context;
    ledger?.reserve(this.#key, ledger.sizeOf(this.#key) + from.length);
    // The kernel appends by itself where the flag is set; its own position is then at the end, wherever that is.
    const at = this.#appends ? null : this.stat().sizeBytes;
    if (at === null) this.#kernelAt = -1;
    return this.#put(from, at);
  }

  #put(from: Uint8Array, at: number | null): number {
    let put = 0;
    try {
      put = fs.writeSync(this.#descriptor, from, 0, from.length, at);
    } catch (error) {
      throw fromHostError(error);
    } finally {
      // Under a quota the room was taken for all of it: what the disk did not take is given back.
      if (put < from.length) this.#context.ledger?.resized(this.#key, fs.fstatSync(this.#descriptor).size);
    }
    return put;
  }

  setAppend(append: boolean): void {
    if (append === this.#appends) return;
    // Flags of an open descriptor cannot be changed from here, so the file is opened once more, and must be the same.
    const { O_APPEND, O_CREAT, O_EXCL, O_TRUNC } = fs.constants;
    const kept = this.#opening.flags & ~(O_APPEND | O_CREAT | O_EXCL | O_TRUNC);
    const again = onHost(() => fs.openSync(this.#opening.path, append ? kept | O_APPEND : kept));
    if (keyOf(fs.fstatSync(again)) !== keyOf(fs.fstatSync(this.#descriptor))) {
      fs.closeSync(again);
      throw new CapabilityError("notsup", "the file was moved: its flags cannot be changed any more");
    }
    fs.closeSync(this.#descriptor);
    this.#descriptor = again;
    this.#appends = append;
    this.#kernelAt = 0;
  }

  setSize(sizeBytes: number): void {
    if (sizeBytes > SIZE_MAX_BYTES) throw new CapabilityError("fbig", "no file is that large");
    const { ledger } = this.#context;
    ledger?.reserve(this.#key, sizeBytes);
    onHost(() => fs.ftruncateSync(this.#descriptor, sizeBytes));
    ledger?.resized(this.#key, sizeBytes);
  }

  setTimes(times: FileTimes): void {
    const before = this.stat();
    const [accessedS, modifiedS] = timesInSeconds(before, times);
    onHost(() => fs.futimesSync(this.#descriptor, accessedS, modifiedS));
    this.#context.stats.remember(before, times);
  }

  sync(metadata: boolean): void {
    onHost(() => metadata ? fs.fsyncSync(this.#descriptor) : fs.fdatasyncSync(this.#descriptor));
  }

  close(): void {
    if (this.#descriptor < 0) return;
    const descriptor = this.#descriptor;
    this.#descriptor = -1;
    this.#context.ledger?.closed(this.#key);
    try {
      fs.closeSync(descriptor);
    } catch (error) {
      throw fromHostError(error);
    }
  }

  /** `null` where the kernel's own position is the one asked for, or where there is none. */
  #position(position: number): number | null {
    return position === this.#kernelAt || this.#opening.kind !== "file" ? null : position;
  }
}

const NS_PER_MS = 1_000_000n;

/** Half a microsecond: a double of seconds may lie just below the millisecond that it stands for, and is cut there. */
const ABOVE_S = 0.000_000_5;

/** Both times in seconds, as the host takes them; what is to stay is taken from the present ones. */
export function timesInSeconds(before: FileStat, times: FileTimes): [number, number] {
  const seconds = (time: bigint | "now" | undefined, present: bigint) =>
    time === "now" ? Date.now() / 1000 : Number((time ?? present) / NS_PER_MS) / 1000 + ABOVE_S;
  return [seconds(times.accessed, before.accessedNs), seconds(times.modified, before.modifiedNs)];
}
