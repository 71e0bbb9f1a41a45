/** The worker's half of `storage`: a key–value store on SQLite. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { OpenContext } from "../capability.ts";
import { CapabilityError } from "../error.ts";
import type { CapabilityLimits } from "../limits.ts";
import { checkKey, checkKeyLike, checkValue, expiryMs, prefixEnd, sameValue } from "./checks.ts";
import { openDatabase, storageError } from "./database.ts";
import type {
  SetOptions,
  Storage,
  StorageGrant,
  StorageQuery,
  StorageStep,
  StoredItem,
  StoredValue,
} from "./storage.ts";
import { Together } from "./together.ts";

/** What a row of `items` looks like when it is read. */
interface Row {
  readonly key: string;
  readonly value: StoredValue;
  readonly tag: string;
  readonly kind: number;
}

/** What `get` reads. */
type GotRow = readonly [value: StoredValue, tag: string, kind: number];

/** Deno has the method; its declarations do not know it yet. */
interface ListingStatement extends StatementSync {
  setReturnArrays(on: boolean): void;
}

/** Expired entries that one write clears away, so that no single write pays for all of them. */
const SWEEP_MAX_COUNT = 256;
/** How often a write looks for them where the last one found no more. */
const SWEEP_EVERY_MS = 1_000;

/** What `set` changes of an entry that is there. */
const UPDATE =
  `ON CONFLICT(key) DO UPDATE SET value = excluded.value, tag = excluded.tag, kind = excluded.kind,
  expires_ms = excluded.expires_ms, bytes = excluded.bytes`;
/** What an entry counts for. */
const BYTES = "octet_length(?1) + octet_length(?2) + octet_length(?3)";

const SQL = {
  begin: "BEGIN IMMEDIATE",
  commit: "COMMIT",
  rollback: "ROLLBACK",
  get: "SELECT value, tag, kind FROM items WHERE key = ?1 AND (expires_ms IS NULL OR expires_ms > ?2)",
  set:
    `INSERT INTO items(key, value, tag, kind, expires_ms, bytes) VALUES (?1, ?2, ?3, ?4, ?5, ${BYTES}) ${UPDATE}`,
  // A statement is a transaction by itself: it does nothing where the quota might be passed, whatever it replaces.
  setWithin: `INSERT INTO items(key, value, tag, kind, expires_ms, bytes) SELECT ?1, ?2, ?3, ?4, ?5, ${BYTES}
    WHERE (SELECT bytes FROM usage) + ${BYTES} <= ?6 ${UPDATE}`,
  remove: "DELETE FROM items WHERE key = ?1",
  removeLive: "DELETE FROM items WHERE key = ?1 AND (expires_ms IS NULL OR expires_ms > ?2)",
  sweep: `DELETE FROM items WHERE id IN
    (SELECT id FROM items WHERE expires_ms <= ?1 ORDER BY expires_ms LIMIT ?2)`,
  total: "SELECT bytes FROM usage",
  used: `SELECT (SELECT bytes FROM usage)
    - (SELECT coalesce(sum(bytes), 0) FROM items WHERE expires_ms <= ?1) AS bytes`,
  // One statement for each of the four shapes of a query, so that each uses its index.
  listAll: `SELECT key, value, tag, kind, bytes FROM items
    WHERE key > ?1 AND key >= ?2 AND (expires_ms IS NULL OR expires_ms > ?3) ORDER BY key LIMIT ?4`,
  listTo: `SELECT key, value, tag, kind, bytes FROM items
    WHERE key > ?1 AND key >= ?2 AND key < ?5 AND (expires_ms IS NULL OR expires_ms > ?3)
    ORDER BY key LIMIT ?4`,
  listTag: `SELECT key, value, tag, kind, bytes FROM items
    WHERE tag = ?5 AND tag <> '' AND key > ?1 AND key >= ?2 AND (expires_ms IS NULL OR expires_ms > ?3)
    ORDER BY key LIMIT ?4`,
  listTagTo: `SELECT key, value, tag, kind, bytes FROM items
    WHERE tag = ?6 AND tag <> '' AND key > ?1 AND key >= ?2 AND key < ?5
    AND (expires_ms IS NULL OR expires_ms > ?3) ORDER BY key LIMIT ?4`,
} as const;

/** A set that waits for others. */
interface SetStep {
  readonly key: string;
  readonly value: StoredValue;
  readonly options: SetOptions | undefined;
}

type Statements = { readonly [K in keyof typeof SQL]: StatementSync };

const encoder = new TextEncoder();
// A byte order mark is part of the text that was stored.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Opens the service's storage.
 *
 * @param now the wall clock in ms, for the ends of entries
 * @throws {CapabilityError} `io` when the database is damaged or cannot be opened
 */
export function openStorage(
  grant: StorageGrant,
  context: OpenContext,
  now: () => number = Date.now,
): Storage {
  const db = openDatabase(context.place.storageFile, grant, context.limits.storageMaxBytes);
  return new SqliteStorage(db, context, now);
}

class SqliteStorage implements Storage {
  readonly #db: DatabaseSync;
  readonly #limits: CapabilityLimits;
  readonly #now: () => number;
  readonly #sql: Statements;
  #closed = false;
  readonly #together: Together<SetStep>;
  /** When a write last looked for expired entries. */
  #sweptMs = -Infinity;

  constructor(db: DatabaseSync, { limits, soon = queueMicrotask }: OpenContext, now: () => number) {
    this.#db = db;
    this.#limits = limits;
    this.#now = now;
    this.#together = new Together({
      all: (steps) => this.#setAll(steps),
      one: ({ key, value, options }) => this.#set(key, value, options),
      soon,
    });
    this.#sql = Object.fromEntries(
      Object.entries(SQL).map(([name, sql]) => [name, db.prepare(sql)]),
    ) as Statements;
    // An object with four names for each read takes twice as long as a list of three values.
    (this.#sql.get as ListingStatement).setReturnArrays(true);
  }

  get usedBytes(): number {
    this.#together.flush();
    return this.#attempt("read the storage", () => Number(this.#sql.used.get(this.#now())?.bytes));
  }

  get(key: string): StoredItem | undefined {
    checkKey(key, this.#limits);
    this.#together.flush();
    return this.#attempt("read the storage", () => this.#read(key));
  }

  set(key: string, value: StoredValue, options?: SetOptions): void {
    this.#checkSet(key, value, options);
    this.#together.flush();
    this.#set(key, value, options);
  }

  setTogether(key: string, value: StoredValue, options?: SetOptions): Promise<void> {
    this.#checkSet(key, value, options);
    return this.#together.add({ key, value, options });
  }

  #set(key: string, value: StoredValue, options: SetOptions | undefined): void {
    const done = !this.#sweepIsDue() &&
      this.#attempt("write to the storage", () => this.#writeWithin(key, value, options));
    if (!done) this.#transaction(() => this.#write(key, value, options));
  }

  remove(key: string): boolean {
    checkKey(key, this.#limits);
    this.#together.flush();
    // One statement is a transaction by itself; what has expired is left to the sweep.
    return this.#attempt(
      "write to the storage",
      () => Number(this.#sql.removeLive.run(key, this.#now()).changes) > 0,
    );
  }

  batch(steps: readonly StorageStep[]): void {
    if (steps.length > this.#limits.storageBatchMaxCount) {
      throw new CapabilityError(
        "too-large",
        `a batch holds at most ${this.#limits.storageBatchMaxCount} steps`,
      );
    }
    for (const step of steps) {
      if (step.kind === "set") this.#checkSet(step.key, step.value, step.options);
      else checkKey(step.key, this.#limits);
    }
    if (steps.length === 0) return;
    this.#together.flush();
    this.#transaction(() => {
      for (const step of steps) {
        if (step.kind === "set") this.#write(step.key, step.value, step.options);
        else this.#sql.remove.run(step.key);
      }
    });
  }

  compareAndSet(
    key: string,
    expected: StoredValue | undefined,
    value: StoredValue,
    options?: SetOptions,
  ): boolean {
    this.#checkSet(key, value, options);
    this.#together.flush();
    return this.#transaction(() => {
      if (!sameValue(this.#read(key)?.value, expected)) return false;
      this.#write(key, value, options);
      return true;
    });
  }

  list(query: StorageQuery): StoredItem[] {
    const { tag = "", prefix = "", after = "" } = query;
    checkKeyLike("the tag", tag, this.#limits);
    checkKeyLike("the prefix", prefix, this.#limits);
    checkKeyLike("the key to start after", after, this.#limits);
    const asked = query.limit ?? this.#limits.storagePageMaxCount;
    if (!Number.isInteger(asked) || asked < 1) {
      throw new CapabilityError("invalid", "the limit of a page must be a whole number above 0");
    }
    const limit = Math.min(asked, this.#limits.storagePageMaxCount);
    const end = prefix === "" ? null : prefixEnd(prefix);
    this.#together.flush();
    return this.#attempt("read the storage", () => this.#page(after, prefix, end, tag, limit));
  }

  close(): void {
    if (this.#closed) return;
    this.#together.flush();
    this.#closed = true;
    this.#db.close();
  }

  /** Reads rows until the page's bytes are reached; one item always fits. */
  #page(after: string, prefix: string, end: string | null, tag: string, limit: number): StoredItem[] {
    const items: StoredItem[] = [];
    let bytes = 0;
    for (const row of this.#rows(after, prefix, end, tag, limit)) {
      bytes += Number(row.bytes);
      if (items.length > 0 && bytes > this.#limits.storagePageMaxBytes) break;
      items.push(item(row as unknown as Row));
    }
    return items;
  }

  #rows(after: string, prefix: string, end: string | null, tag: string, limit: number) {
    const now = this.#now();
    const sql = this.#sql;
    if (tag === "") {
      return end === null
        ? sql.listAll.iterate(after, prefix, now, limit)
        : sql.listTo.iterate(after, prefix, now, limit, end);
    }
    return end === null
      ? sql.listTag.iterate(after, prefix, now, limit, tag)
      : sql.listTagTo.iterate(after, prefix, now, limit, end, tag);
  }

  #checkSet(key: string, value: StoredValue, options: SetOptions | undefined): void {
    checkKey(key, this.#limits);
    checkValue(value, this.#limits);
    checkKeyLike("the tag", options?.tag ?? "", this.#limits);
    expiryMs(options, 0);
  }

  #read(key: string): StoredItem | undefined {
    // A list, as it was told to give; the declaration knows objects only.
    const row = this.#sql.get.get(key, this.#now()) as unknown as GotRow | undefined;
    return row && item({ key, value: row[0], tag: row[1], kind: row[2] });
  }

  #write(key: string, value: StoredValue, options: SetOptions | undefined): void {
    const { stored, kind } = storedForm(value);
    this.#sql.set.run(key, stored, options?.tag ?? "", kind, expiryMs(options, this.#now()));
  }

  /** The same in one statement; false, and nothing is written, where the quota might be passed. */
  #writeWithin(key: string, value: StoredValue, options: SetOptions | undefined): boolean {
    const { stored, kind } = storedForm(value);
    const expires = expiryMs(options, this.#now());
    const max = this.#limits.storageMaxBytes;
    return Number(this.#sql.setWithin.run(key, stored, options?.tag ?? "", kind, expires, max).changes) > 0;
  }

  #sweepIsDue(): boolean {
    return Math.abs(this.#now() - this.#sweptMs) >= SWEEP_EVERY_MS;
  }

  #sweep(): void {
    const now = this.#now();
    const count = Number(this.#sql.sweep.run(now, SWEEP_MAX_COUNT).changes);
    // Where there may be more the next write goes on.
    this.#sweptMs = count === SWEEP_MAX_COUNT ? -Infinity : now;
  }

  /** All of them, or (`false`) none where the quota might be passed or one fails: then each is tried by itself. */
  #setAll(steps: readonly SetStep[]): boolean {
    return this.#attempt("write to the storage", () => {
      this.#sql.begin.run();
      try {
        if (this.#sweepIsDue()) this.#sweep();
        const fit = steps.every(({ key, value, options }) => this.#writeWithin(key, value, options));
        (fit ? this.#sql.commit : this.#sql.rollback).run();
        return fit;
      } catch (error) {
        if (this.#db.isTransaction) this.#sql.rollback.run();
        // Each would wait as long for the other process; any other fault may be that of one of them alone.
        if (storageError(error, "").code === "busy") throw error;
        return false;
      }
    });
  }

  /** Runs `change` in a transaction that also sweeps and holds the quota. */
  #transaction<T>(change: () => T): T {
    return this.#attempt("write to the storage", () => {
      this.#sql.begin.run();
      try {
        this.#sweep();
        const before = Number(this.#sql.total.get()?.bytes);
        const result = change();
        this.#holdQuota(before);
        this.#sql.commit.run();
        return result;
      } catch (error) {
        // SQLite has rolled back by itself after some errors (a full disk).
        if (this.#db.isTransaction) this.#sql.rollback.run();
        throw error;
      }
    });
  }

  /** Over the quota only a change that frees something may pass: an operator may have lowered it. */
  #holdQuota(before: number): void {
    const max = this.#limits.storageMaxBytes;
    const total = () => Number(this.#sql.total.get()?.bytes);
    if (total() <= max || total() <= before) return;
    while (Number(this.#sql.sweep.run(this.#now(), SWEEP_MAX_COUNT).changes) > 0);
    if (total() > max) {
      throw new CapabilityError("quota", `the storage would hold more than ${max} bytes`);
    }
  }

  #attempt<T>(attempt: string, action: () => T): T {
    if (this.#closed) throw new CapabilityError("closed", `cannot ${attempt}: it is closed`);
    try {
      return action();
    } catch (error) {
      throw storageError(error, attempt);
    }
  }
}

/** SQLite's text ends at a NUL when `node:sqlite` reads it; such text is kept as bytes. */
function storedForm(value: StoredValue): { readonly stored: StoredValue; readonly kind: 0 | 1 } {
  if (typeof value === "string" && value.includes("\0")) return { stored: encoder.encode(value), kind: 1 };
  return { stored: value, kind: 0 };
}

function item(row: Row): StoredItem {
  const value = row.kind === 1 ? decoder.decode(row.value as Uint8Array) : row.value;
  return { key: row.key, value, tag: row.tag };
}
