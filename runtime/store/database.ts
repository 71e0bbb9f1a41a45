/** `host.db`: opened so that what was acknowledged survives, with its schema brought up to date. */
import { DatabaseSync } from "node:sqlite";
import { guarded, storeError } from "./errors.ts";

/** One step each; the number of steps done is the database's `user_version`. A step is never edited. */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE images (
    digest TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    manifest TEXT NOT NULL,
    facts TEXT,
    module_sha256 TEXT NOT NULL,
    module_bytes INTEGER NOT NULL,
    assets TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    damaged TEXT
  ) STRICT;
  CREATE TABLE image_tags (
    id TEXT PRIMARY KEY,
    client_id TEXT NOT NULL,
    name TEXT NOT NULL,
    digest TEXT NOT NULL REFERENCES images(digest),
    size_bytes INTEGER NOT NULL,
    created_ms INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX image_tags_digest ON image_tags(digest);
  CREATE TABLE prepared (
    digest TEXT NOT NULL REFERENCES images(digest) ON DELETE CASCADE,
    key TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    facts TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    PRIMARY KEY (digest, key)
  ) STRICT;
  CREATE TABLE services (
    id TEXT PRIMARY KEY,
    client_id TEXT NOT NULL,
    name TEXT NOT NULL,
    image_digest TEXT NOT NULL REFERENCES images(digest),
    image_id TEXT NOT NULL,
    base_path TEXT NOT NULL,
    env TEXT NOT NULL,
    grants TEXT NOT NULL,
    limits TEXT NOT NULL,
    state TEXT NOT NULL,
    state_reason TEXT NOT NULL,
    revision INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    updated_ms INTEGER NOT NULL,
    UNIQUE (client_id, base_path)
  ) STRICT;
  CREATE INDEX services_digest ON services(image_digest);
  CREATE TABLE history (
    service_id TEXT NOT NULL REFERENCES services(id) ON DELETE CASCADE,
    revision INTEGER NOT NULL,
    image_digest TEXT NOT NULL REFERENCES images(digest),
    record TEXT NOT NULL,
    PRIMARY KEY (service_id, revision)
  ) STRICT;
  CREATE INDEX history_digest ON history(image_digest);
  CREATE TABLE loose_folders (service_id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
  CREATE TABLE keys (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    scopes TEXT NOT NULL,
    hash TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    expires_ms INTEGER,
    used_ms INTEGER
  ) STRICT;
  CREATE TABLE audit (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    target TEXT NOT NULL,
    outcome TEXT NOT NULL,
    detail TEXT NOT NULL
  ) STRICT;
  CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  `,
  // Keys lie in a file of their own, which outlives a damaged database. Nothing was written to these two tables.
  `
  DROP TABLE keys;
  DROP TABLE audit;
  CREATE TABLE audit (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms INTEGER NOT NULL,
    via TEXT NOT NULL,
    record TEXT NOT NULL
  ) STRICT;
  CREATE TABLE signatures (
    digest TEXT PRIMARY KEY REFERENCES images(digest) ON DELETE CASCADE,
    signature TEXT NOT NULL
  ) STRICT;
  `,
];

/** One megabyte of pages of four kilobytes. */
const LOG_PAGES_MAX_COUNT = 256;

/**
 * Opens the database of a data folder, or makes it. The lock is exclusive for as long as it is open, so that two
 * hosts cannot use one folder; the system lifts it when the process dies, however it dies.
 */
export function openDatabase(file: string, lockWaitMs: number): DatabaseSync {
  return guarded("opening the store", () => {
    const db = new DatabaseSync(file, { enableForeignKeyConstraints: true, timeout: lockWaitMs });
    try {
      db.exec(`
        PRAGMA locking_mode = EXCLUSIVE;
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = FULL;
        PRAGMA trusted_schema = OFF;
        PRAGMA wal_autocheckpoint = ${LOG_PAGES_MAX_COUNT};
        BEGIN IMMEDIATE; COMMIT;
      `);
      const [check] = db.prepare("PRAGMA quick_check(1)").all() as { quick_check: string }[];
      if (check?.quick_check !== "ok") {
        throw storeError(
          "store-damaged",
          "host.db cannot be used: its content is damaged",
          {},
          check?.quick_check,
        );
      }
      migrate(db);
      emptyLog(db);
      return db;
    } catch (error) {
      db.close();
      throw error;
    }
  });
}

/** A host that is killed never empties its log, which takes room from a small device. */
function emptyLog(db: DatabaseSync): void {
  try {
    db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  } catch {
    // No room for it now: the log is as good as the database.
  }
}

function migrate(db: DatabaseSync): void {
  const version = (db.prepare("PRAGMA user_version").get() as { user_version: number }).user_version;
  if (version > MIGRATIONS.length) {
    throw storeError(
      "store-newer",
      `host.db has version ${version} of its schema; this Berth knows versions up to ${MIGRATIONS.length}`,
    );
  }
  MIGRATIONS.slice(version).forEach((step, index) => {
    transaction(db, () => db.exec(`${step}; PRAGMA user_version = ${version + index + 1}`));
  });
}

/** All or nothing. When it returns, what it did is on the disk. */
export function transaction<T>(db: DatabaseSync, run: () => T): T {
  db.exec("BEGIN IMMEDIATE");
  try {
    const result = run();
    db.exec("COMMIT");
    return result;
  } catch (error) {
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}
