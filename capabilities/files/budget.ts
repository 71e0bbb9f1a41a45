/** Quotas of a folder: bytes and entries, refused before they are taken. */
import { CapabilityError, type CapabilityErrorCode } from "../error.ts";

/** What a folder may hold. */
export interface BudgetMax {
  readonly bytes: number;
  readonly entries: number;
}

/** Counts what a folder holds. */
export class Budget {
  readonly #max: BudgetMax;
  readonly #code: CapabilityErrorCode;
  #bytes = 0;
  #entries = 0;

  /** @param code the error past the bound: `dquot` on a disk, `nospc` in memory */
  constructor(max: BudgetMax, code: CapabilityErrorCode) {
    this.#max = max;
    this.#code = code;
  }

  /** Bytes in use. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Entries in use. */
  get entries(): number {
    return this.#entries;
  }

  /** Counts what is there already; may be past the bound. */
  found(bytes: number): void {
    this.#bytes += bytes;
    this.#entries++;
  }

  /** Bytes that may still be taken. */
  get freeBytes(): number {
    return Math.max(0, this.#max.bytes - this.#bytes);
  }

  /** Takes bytes; a negative number gives them back. */
  takeBytes(bytes: number): void {
    if (bytes > 0 && bytes > this.freeBytes) {
      throw new CapabilityError(this.#code, `the folder may hold ${this.#max.bytes} bytes`);
    }
    this.#bytes = Math.max(0, this.#bytes + bytes);
  }

  /** Takes an entry; the error comes before anything was created. */
  takeEntry(): void {
    if (this.#entries >= this.#max.entries) {
      throw new CapabilityError(this.#code, `the folder may hold ${this.#max.entries} entries`);
    }
    this.#entries++;
  }

  /** Gives an entry back. */
  giveEntry(): void {
    this.#entries = Math.max(0, this.#entries - 1);
  }
}

/** What is known of a file that is open under a quota. */
interface OpenRecord {
  sizeBytes: number;
  handles: number;
  unlinked: boolean;
}

/** The sizes of open files, so that growth is known before it happens. One for a tree with a quota. */
export class FileLedger {
  readonly budget: Budget;
  readonly #open = new Map<string, OpenRecord>();

  constructor(budget: Budget) {
    this.budget = budget;
  }

  /** A handle on a file was opened. */
  opened(key: string, sizeBytes: number): void {
    const record = this.#open.get(key);
    if (record === undefined) this.#open.set(key, { sizeBytes, handles: 1, unlinked: false });
    else record.handles++;
  }

  /** A handle was closed; the bytes of a file without name and handles are given back. */
  closed(key: string): void {
    const record = this.#open.get(key);
    if (record === undefined || --record.handles > 0) return;
    this.#open.delete(key);
    if (record.unlinked) this.budget.takeBytes(-record.sizeBytes);
  }

  /** The last name of a file went away. */
  unlinked(key: string, sizeBytes: number): void {
    const record = this.#open.get(key);
    if (record === undefined) this.budget.takeBytes(-sizeBytes);
    else record.unlinked = true;
  }

  /** The size that an open file has. */
  sizeOf(key: string): number {
    return this.#open.get(key)?.sizeBytes ?? 0;
  }

  /** Takes what a file needs to reach this size; never shrinks it. */
  reserve(key: string, endBytes: number): void {
    const record = this.#open.get(key);
    if (record === undefined || endBytes <= record.sizeBytes) return;
    this.budget.takeBytes(endBytes - record.sizeBytes);
    record.sizeBytes = endBytes;
  }

  /** A file of this size was just opened and emptied by that. */
  emptied(key: string, oldBytes: number): void {
    const record = this.#open.get(key);
    if (record === undefined) return;
    // The first handle saw the file empty already; the size it had is in the budget all the same.
    if (record.handles === 1) record.sizeBytes = oldBytes;
    this.resized(key, 0);
  }

  /** A file has this size now, larger or smaller than it was. */
  resized(key: string, sizeBytes: number): void {
    const record = this.#open.get(key);
    if (record === undefined) return;
    this.budget.takeBytes(sizeBytes - record.sizeBytes);
    record.sizeBytes = sizeBytes;
  }
}
