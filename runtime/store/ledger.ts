/** The small tables: settings, API keys, the audit log. */
import type { DatabaseSync } from "node:sqlite";
import { guarded } from "./errors.ts";
import type { AuditEntry, KeyRecord } from "./records.ts";

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

/** API keys, hashed by the server. */
export class KeyStore {
  readonly #db: DatabaseSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** Keeps a key, in place of one with the same id. */
  put(key: KeyRecord): void {
    guarded(
      "keeping the key",
      () =>
        this.#db.prepare("INSERT OR REPLACE INTO keys VALUES (?, ?, ?, ?, ?, ?, ?)").run(
          key.id,
          key.name,
          JSON.stringify(key.scopes),
          key.hash,
          key.createdMs,
          key.expiresMs,
          key.usedMs,
        ),
    );
  }

  /** All keys, oldest first. */
  list(): KeyRecord[] {
    return this.#db.prepare(`
      SELECT id, name, scopes, hash, created_ms AS createdMs, expires_ms AS expiresMs, used_ms AS usedMs
      FROM keys ORDER BY created_ms, id
    `).all().map((row) => ({ ...row, scopes: JSON.parse(String(row.scopes)) }) as unknown as KeyRecord);
  }

  /** Whether there was one. */
  remove(id: string): boolean {
    return guarded(
      "removing the key",
      () => Number(this.#db.prepare("DELETE FROM keys WHERE id = ?").run(id).changes) > 0,
    );
  }
}

/** Lines kept of the audit log; older ones go. */
export const AUDIT_MAX_COUNT = 10_000;

/** Every action of the management API. */
export class AuditLog {
  readonly #db: DatabaseSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** Adds a line; text is cut at 1,000 characters. */
  append(entry: Omit<AuditEntry, "number">): void {
    guarded("writing the audit log", () => {
      const cut = (text: string) => text.slice(0, 1000);
      const { lastInsertRowid } = this.#db
        .prepare(
          "INSERT INTO audit (at_ms, actor, action, target, outcome, detail) VALUES (?, ?, ?, ?, ?, ?)",
        )
        .run(entry.atMs, cut(entry.actor), entry.action, cut(entry.target), entry.outcome, cut(entry.detail));
      this.#db.prepare("DELETE FROM audit WHERE number <= ?").run(Number(lastInsertRowid) - AUDIT_MAX_COUNT);
    });
  }

  /** Lines, the latest first: at most `limit`, those before the line `before`. */
  list(
    { limit = 100, before = Number.MAX_SAFE_INTEGER }: { limit?: number; before?: number } = {},
  ): AuditEntry[] {
    return this.#db.prepare(`
      SELECT number, at_ms AS atMs, actor, action, target, outcome, detail FROM audit
      WHERE number < ? ORDER BY number DESC LIMIT ?
    `).all(before, limit) as unknown as AuditEntry[];
  }
}
