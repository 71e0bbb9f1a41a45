/** The SQLite file behind a service's storage: how it is opened, its tables, and what its errors mean. */
import { DatabaseSync } from "node:sqlite";
import { CapabilityError } from "../error.ts";
import type { StorageGrant } from "./storage.ts";

/** "BRTH", so that the file can be told from any other database. */
const APPLICATION_ID = 0x42525448;
const SCHEMA_VERSION = 1;

/** How long a connection waits for another process' transaction. */
const BUSY_MAX_MS = 2_000;

/**
 * How much larger than the quota the file may grow. Rows and pages cost more than the bytes that the quota
 * counts (a 4-byte key with an empty value takes about 40), so the file has a bound of its own.
 */
const FILE_FACTOR = 4;
const FILE_SLACK_BYTES = 1 << 20;
const PAGE_BYTES = 4096;

/** Up to this size the whole file is checked when it is opened (measured: 0.6 ms a MiB). */
const FULL_CHECK_MAX_BYTES = 32 << 20;

/**
 * `bytes` is what the quota counts. `kind` is 1 for text that SQLite cannot hold as text (it contains NUL) and
 * that is stored as its UTF-8 bytes. The triggers keep `usage` right in the transaction of every change.
 */
const SCHEMA = `
CREATE TABLE items(
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  tag TEXT NOT NULL,
  kind INTEGER NOT NULL,
  expires_ms INTEGER,
  bytes INTEGER NOT NULL,
  value ANY NOT NULL
) STRICT;
CREATE INDEX items_by_tag ON items(tag, key) WHERE tag <> '';
CREATE INDEX items_by_expiry ON items(expires_ms) WHERE expires_ms IS NOT NULL;
CREATE TABLE usage(id INTEGER PRIMARY KEY CHECK (id = 1), bytes INTEGER NOT NULL) STRICT;
INSERT INTO usage VALUES (1, 0);
CREATE TRIGGER item_added AFTER INSERT ON items BEGIN
  UPDATE usage SET bytes = bytes + new.bytes;
END;
CREATE TRIGGER item_removed AFTER DELETE ON items BEGIN
  UPDATE usage SET bytes = bytes - old.bytes;
END;
CREATE TRIGGER item_changed AFTER UPDATE OF bytes ON items BEGIN
  UPDATE usage SET bytes = bytes + new.bytes - old.bytes;
END;
PRAGMA application_id = ${APPLICATION_ID};
PRAGMA user_version = ${SCHEMA_VERSION};
`;

/** One number that a pragma gives. */
function pragma(db: DatabaseSync, name: string): number {
  return Number(Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0] ?? 0);
}

/**
 * Opens the database, making it where there is none.
 *
 * @param quotaBytes the file itself is held to a multiple of this
 * @throws {CapabilityError} `io` when the file is damaged, not ours, made by a newer Berth or not accessible
 */
export function openDatabase(file: string, grant: StorageGrant, quotaBytes: number): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(file, { timeout: BUSY_MAX_MS });
    prepareDatabase(db, grant, quotaBytes);
    return db;
  } catch (error) {
    db?.close();
    throw storageError(error, "open the storage");
  }
}

function prepareDatabase(db: DatabaseSync, grant: StorageGrant, quotaBytes: number): void {
  db.exec(`PRAGMA journal_mode = WAL;
    PRAGMA synchronous = ${grant.durability === "power-loss" ? "FULL" : "NORMAL"};
    PRAGMA journal_size_limit = ${4 << 20};
    PRAGMA cache_size = -1024;
    PRAGMA temp_store = MEMORY;
    PRAGMA trusted_schema = OFF;`);
  makeTables(db);
  const version = pragma(db, "user_version");
  if (pragma(db, "application_id") !== APPLICATION_ID || version !== SCHEMA_VERSION) {
    throw new CapabilityError("io", `the storage's file is not one of this Berth (version ${version})`);
  }
  const pages = pragma(db, "page_count");
  const pageBytes = pragma(db, "page_size") || PAGE_BYTES;
  const wanted = Math.ceil((quotaBytes * FILE_FACTOR + FILE_SLACK_BYTES) / pageBytes);
  db.exec(`PRAGMA max_page_count = ${Math.max(wanted, pages)}`);
  if (pages * pageBytes <= FULL_CHECK_MAX_BYTES) {
    const verdict = Object.values(db.prepare("PRAGMA quick_check(1)").get() ?? {})[0];
    if (verdict !== "ok") throw new CapabilityError("io", DAMAGED);
  }
}

/** Makes the tables of a new file; two workers may open it at the same time. */
function makeTables(db: DatabaseSync): void {
  if (pragma(db, "user_version") !== 0) return;
  db.exec("BEGIN IMMEDIATE");
  try {
    const tables = db.prepare("SELECT count(*) AS count FROM sqlite_schema").get();
    if (pragma(db, "user_version") === 0 && Number(tables?.count) === 0) db.exec(SCHEMA);
    db.exec("COMMIT");
  } catch (error) {
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}

const DAMAGED = "the storage's database is damaged; restore it from a backup or remove it";

/** SQLite's primary result codes that mean something to us. https://sqlite.org/rescode.html */
const MEANINGS: Readonly<Record<number, readonly ["busy" | "io" | "quota", string]>> = {
  5: ["busy", "another process is writing to the storage"],
  6: ["busy", "another process is writing to the storage"],
  8: ["io", "the storage's file is read-only"],
  10: ["io", "the disk failed to read or write"],
  11: ["io", DAMAGED],
  13: ["quota", "the storage or the disk is full"],
  14: ["io", "the storage's file cannot be opened"],
  26: ["io", DAMAGED],
};

/** What `node:sqlite` says without a code when it opens a file. */
const MESSAGES: readonly (readonly [RegExp, number])[] = [
  [/not a database/, 26],
  [/malformed/, 11],
  [/unable to open/, 14],
  [/readonly/, 8],
  [/disk I\/O/, 10],
  [/locked/, 5],
  [/is full/, 13],
];

/**
 * The capability's error for whatever SQLite or Deno threw.
 *
 * @param attempt what was being done, without subject: "write to the storage"
 */
export function storageError(error: unknown, attempt: string): CapabilityError {
  if (error instanceof CapabilityError) return error;
  const { errcode, message } = error as { errcode?: number; message?: string };
  const code = errcode === undefined
    ? MESSAGES.find(([pattern]) => pattern.test(message ?? ""))?.[1]
    : errcode & 0xff;
  const meaning = code === undefined ? undefined : MEANINGS[code];
  if (meaning) return new CapabilityError(meaning[0], `cannot ${attempt}: ${meaning[1]}`);
  // Deno's own messages name the path; a guest gets none of that.
  return new CapabilityError("io", `cannot ${attempt}${code === undefined ? "" : `: SQLite error ${code}`}`);
}
