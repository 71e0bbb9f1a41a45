/** Copies of databases that are in use, and the way back. */
import { backup, DatabaseSync } from "node:sqlite";
import { dirname } from "@std/path";
import { storeError, translated } from "./errors.ts";
import { exists, makeFolder, removeTree, syncFolder } from "./files.ts";

/**
 * Copies a database as it is at one moment while others go on writing to it. The copy is there whole, or not at
 * all; it replaces an older one. The host stands still meanwhile: some 3 ms for each megabyte.
 */
export async function copyDatabase(from: string, to: string): Promise<void> {
  const temporary = `${to}.tmp`;
  try {
    makeFolder(dirname(to));
    removeTree(temporary);
    Deno.openSync(temporary, { write: true, createNew: true, mode: 0o600 }).close();
    using source = new DatabaseSync(from, { readOnly: true, timeout: 5_000 });
    await backup(source, temporary);
    settle(temporary);
    Deno.renameSync(temporary, to);
    syncFolder(dirname(to));
  } catch (error) {
    removeTree(temporary);
    throw translated(error, "copying a database");
  }
}

/** Makes one file of a copy: without the log that the mode of its original would leave beside it. */
function settle(file: string): void {
  using db = new DatabaseSync(file);
  db.exec("PRAGMA journal_mode = DELETE");
}

/**
 * Puts a copy back in place of what a database holds, in one transaction. Nobody else may have it open. Throws
 * `copy-damaged`, and the database is as it was.
 */
export async function restoreDatabase(from: string, to: string): Promise<void> {
  if (!isWhole(from)) throw storeError("copy-damaged", "the copy cannot be used: its content is damaged");
  try {
    using source = new DatabaseSync(from, { readOnly: true });
    await backup(source, to);
    using db = new DatabaseSync(to);
    db.exec("PRAGMA journal_mode = WAL; PRAGMA wal_checkpoint(TRUNCATE)");
  } catch (error) {
    throw translated(error, "restoring a database");
  }
}

function isWhole(file: string): boolean {
  if (!exists(file)) return false;
  try {
    using db = new DatabaseSync(file, { readOnly: true });
    return Object.values(db.prepare("PRAGMA quick_check(1)").get() ?? {})[0] === "ok";
  } catch {
    return false;
  }
}
