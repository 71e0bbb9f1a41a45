/** An open file of the native backend. */
import fs from "node:fs";
import type { FileLedger } from "./budget.ts";
import type { FileKind, FileStat, FileTimes, OpenFile } from "./files.ts";
import type { Libc } from "./native_libc.ts";
import type { Statx } from "./native_stat.ts";
import { timespecs } from "./native_times.ts";

/** What a file shares with its tree. */
export interface NativeContext {
  readonly libc: Libc;
  readonly statx: Statx;
  /** Present under a quota. */
  readonly ledger: FileLedger | undefined;
}

const F_SETFL = 4;
const keyOf = (stat: FileStat) => `${stat.device}:${stat.inode}`;

/** A descriptor of the host's, owned by this object. */
export class NativeFile implements OpenFile {
  readonly type = "file";
  readonly kind: FileKind;
  readonly readable: boolean;
  readonly writable: boolean;
  readonly #context: NativeContext;
  readonly #key: string = "";
  #descriptor: number;
  #appends: boolean;

  constructor(
    context: NativeContext,
    descriptor: number,
    kind: FileKind,
    direction: number,
    append: boolean,
  ) {
    this.#context = context;
    this.#descriptor = descriptor;
    this.kind = kind;
    this.readable = direction !== fs.constants.O_WRONLY;
    this.writable = direction !== fs.constants.O_RDONLY;
    this.#appends = append;
    if (context.ledger) {
      const stat = this.stat();
      this.#key = keyOf(stat);
      context.ledger.opened(this.#key, stat.sizeBytes);
    }
  }

  stat(): FileStat {
    return this.#context.statx.of(this.#descriptor);
  }

  read(into: Uint8Array, position: number): number {
    const { libc } = this.#context;
    const { call } = libc;
    const bytes = into as Uint8Array<ArrayBuffer>; // guest memory is never shared
    const length = BigInt(bytes.length);
    for (;;) {
      const got = this.kind === "file"
        ? call.pread(this.#descriptor, bytes, length, BigInt(position))
        : call.read(this.#descriptor, bytes, length);
      if (got >= 0n) return Number(got);
      libc.again();
    }
  }

  write(from: Uint8Array, position: number): number {
    if (this.#appends) return this.append(from);
    this.#context.ledger?.reserve(this.#key, position + from.length);
    return this.#put(from, position);
  }

  append(from: Uint8Array): number {
    const { ledger } = this.#context;
    ledger?.reserve(this.#key, ledger.sizeOf(this.#key) + from.length);
    return this.#put(from, this.#appends ? null : this.stat().sizeBytes);
  }

  #put(from: Uint8Array, at: number | null): number {
    const { libc, ledger } = this.#context;
    const bytes = from as Uint8Array<ArrayBuffer>; // guest memory is never shared
    const length = BigInt(bytes.length);
    let put = -1n;
    try {
      for (;;) {
        put = at === null || this.kind !== "file"
          ? libc.call.write(this.#descriptor, bytes, length)
          : libc.call.pwrite(this.#descriptor, bytes, length, BigInt(at));
        if (put >= 0n) return Number(put);
        libc.again();
      }
    } finally {
      if (put < length) ledger?.resized(this.#key, this.stat().sizeBytes);
    }
  }

  setAppend(append: boolean): void {
    const { libc } = this.#context;
    const flags = fs.constants.O_NONBLOCK | (append ? fs.constants.O_APPEND : 0);
    libc.run(() => libc.call.fcntl(this.#descriptor, F_SETFL, flags));
    this.#appends = append;
  }

  setSize(sizeBytes: number): void {
    const { libc, ledger } = this.#context;
    ledger?.reserve(this.#key, sizeBytes);
    libc.run(() => libc.call.ftruncate(this.#descriptor, BigInt(sizeBytes)));
    ledger?.resized(this.#key, sizeBytes);
  }

  setTimes(times: FileTimes): void {
    const { libc } = this.#context;
    libc.run(() => libc.call.futimens(this.#descriptor, timespecs(times)));
  }

  sync(metadata: boolean): void {
    const { libc } = this.#context;
    libc.run(() => metadata ? libc.call.fsync(this.#descriptor) : libc.call.fdatasync(this.#descriptor));
  }

  close(): void {
    if (this.#descriptor < 0) return;
    const { libc, ledger } = this.#context;
    const descriptor = this.#descriptor;
    this.#descriptor = -1;
    ledger?.closed(this.#key);
    libc.call.close(descriptor);
  }
}
