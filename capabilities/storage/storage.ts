/** What a guest with the `storage` capability holds. */
import type { OpenedCapability } from "../capability.ts";

/** A stored value; text and bytes are told apart so that each comes back as it went in. */
export type StoredValue = string | Uint8Array;

/** One entry. */
export interface StoredItem {
  readonly key: string;
  readonly value: StoredValue;
  /** "" when it has none. */
  readonly tag: string;
}

/** How to write. */
export interface SetOptions {
  readonly tag?: string;
  /** Gone after this time; a positive number, by the device's wall clock. */
  readonly ttlMs?: number;
}

/** One step of a batch. */
export type StorageStep =
  | { readonly kind: "set"; readonly key: string; readonly value: StoredValue; readonly options?: SetOptions }
  | { readonly kind: "remove"; readonly key: string };

/**
 * Which entries: by tag, by prefix of the key, or all; in the order of the keys' UTF-8 bytes, after `after`,
 * at most `limit`.
 */
export interface StorageQuery {
  readonly tag?: string;
  readonly prefix?: string;
  readonly after?: string;
  readonly limit?: number;
}

/** What a grant of the capability says. */
export interface StorageGrant {
  /**
   * What a returned write survives: `power-loss` waits for the disk at every commit, `process-crash` hands it
   * to the operating system and is an order of magnitude faster.
   */
  readonly durability: "power-loss" | "process-crash";
}

/**
 * The service's own key–value storage. Synchronous; a write that returned is durable.
 *
 * Keys are 1 to `storageKeyMaxBytes` bytes of well-formed text without NUL; tags the same, or empty. Every
 * failure is a `CapabilityError`: `invalid` (a malformed key, tag, text or option), `too-large` (a key, value,
 * batch past its limit), `quota` (the sum would pass `storageMaxBytes`, or the disk is full), `busy` (another
 * process holds the database), `io` (damaged or unreadable), `closed`. A failed write changes nothing.
 */
export interface Storage extends OpenedCapability {
  get(key: string): StoredItem | undefined;
  set(key: string, value: StoredValue, options?: SetOptions): void;
  /**
   * As {@link set}, together with what others write at this moment: one wait for the disk for all of them. Resolves
   * when it is durable. Whatever is called after it comes after it.
   */
  setTogether(key: string, value: StoredValue, options?: SetOptions): Promise<void>;
  /** Whether there was one. */
  remove(key: string): boolean;
  /**
   * A page of entries, read at once, so that the guest may write while it looks at them. A page may be shorter
   * than `limit` (its bytes are bounded too); the end is reached when a page is empty.
   */
  list(query: StorageQuery): StoredItem[];
  /** All or nothing. */
  batch(steps: readonly StorageStep[]): void;
  /** Writes when the present value equals `expected` (`undefined`: when there is none); says whether it did. */
  compareAndSet(
    key: string,
    expected: StoredValue | undefined,
    value: StoredValue,
    options?: SetOptions,
  ): boolean;
  /** Bytes of keys, values and tags held now; expired entries do not count. */
  readonly usedBytes: number;
}
