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
  /** Gone after this time. */
  readonly ttlMs?: number;
}

/** One step of a batch. */
export type StorageStep =
  | { readonly kind: "set"; readonly key: string; readonly value: StoredValue; readonly options?: SetOptions }
  | { readonly kind: "remove"; readonly key: string };

/** Which entries: by tag, by prefix of the key, or all; in key order, after `after`, at most `limit`. */
export interface StorageQuery {
  readonly tag?: string;
  readonly prefix?: string;
  readonly after?: string;
  readonly limit?: number;
}

/** The service's own key–value storage. Synchronous; a write that returned is durable. */
export interface Storage extends OpenedCapability {
  get(key: string): StoredItem | undefined;
  set(key: string, value: StoredValue, options?: SetOptions): void;
  /** Whether there was one. */
  remove(key: string): boolean;
  /** A page of entries, read at once, so that the guest may write while it looks at them. */
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
  /** Bytes of keys and values held now. */
  readonly usedBytes: number;
}
