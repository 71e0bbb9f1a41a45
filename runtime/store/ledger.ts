/** The small tables: settings, signatures, the audit log. */
import type { DatabaseSync } from "node:sqlite";
import { guarded } from "./errors.ts";
import type { AuditRecord } from "../audit.ts";
import type { AuditEntry } from "./records.ts";

/** Single values that outlive the process: the node's id, its name. */
export class Settings {
  readonly #db: DatabaseSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** A value; `undefined` when there is none. */
  get(key: string): string | undefined {
    const row = this.#db.prepare("SELECT value FROM settings WHERE key = ?").get(key);
    return row && String(row.value);
  }

  /** Keys that begin so, with their values, in order. */
  withPrefix(prefix: string): [key: string, value: string][] {
    return this.#db.prepare("SELECT key, value FROM settings WHERE substr(key, 1, ?) = ? ORDER BY key")
      .all(prefix.length, prefix).map((row) => [String(row.key), String(row.value)]);
  }

  /** Keeps a value; `undefined` takes it away. */
  set(key: string, value: string | undefined): void {
    guarded("keeping a setting", () => {
      if (value === undefined) this.#db.prepare("DELETE FROM settings WHERE key = ?").run(key);
      else this.#db.prepare("INSERT OR REPLACE INTO settings VALUES (?, ?)").run(key, value);
    });
  }
}

/** Signatures of images, as they came. */
export class Signatures {
  readonly #db: DatabaseSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** The signature that came with an image; `undefined` when none did. */
  get(digest: string): string | undefined {
    const row = this.#db.prepare("SELECT signature FROM signatures WHERE digest = ?").get(digest);
    return row && String(row.signature);
  }

  /** Keeps the signature of a stored image, in place of an earlier one; it goes with the image. */
  put(digest: string, signature: string): void {
    guarded(
      "keeping the image's signature",
      () => this.#db.prepare("INSERT OR REPLACE INTO signatures VALUES (?, ?)").run(digest, signature),
    );
  }
}

/** Lines kept of the audit log; older ones go. */
export const AUDIT_MAX_COUNT = 10_000;
/** Of those, lines of callers who were not proven: whoever knocks cannot push out what operators did. */
export const AUDIT_UNPROVEN_MAX_COUNT = 1_000;

/** Every action of the management API. */
export class AuditLog {
  readonly #db: DatabaseSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** Adds a line; its target is cut at 200 characters. */
  append(record: AuditRecord): void {
    guarded("writing the audit log", () => {
      const text = JSON.stringify({ ...record, target: record.target.slice(0, 200) });
      const { lastInsertRowid } = this.#db
        .prepare("INSERT INTO audit (at_ms, via, record) VALUES (?, ?, ?)")
        .run(record.atMs, record.via, text);
      this.#db.prepare("DELETE FROM audit WHERE number <= ?").run(Number(lastInsertRowid) - AUDIT_MAX_COUNT);
      if (record.via === "") this.#forgetUnproven();
    });
  }

  #forgetUnproven(): void {
    this.#db.prepare(`
      DELETE FROM audit WHERE via = '' AND number <= (
        SELECT number FROM audit WHERE via = '' ORDER BY number DESC LIMIT 1 OFFSET ?
      )
    `).run(AUDIT_UNPROVEN_MAX_COUNT);
  }

  /** Lines, the latest first: at most `limit`, those before the line `before`. */
  list(
    { limit = 100, before = Number.MAX_SAFE_INTEGER }: { limit?: number; before?: number } = {},
  ): AuditEntry[] {
    return this.#db.prepare("SELECT number, record FROM audit WHERE number < ? ORDER BY number DESC LIMIT ?")
      .all(before, limit)
      .map((row) => ({ number: Number(row.number), ...JSON.parse(String(row.record)) as AuditRecord }));
  }
}
