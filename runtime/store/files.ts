/** Files and folders that are either there, whole and on the disk, or not there at all. */
import { dirname, join } from "@std/path";
import { writeAll } from "../unit/write_all.ts";

/** Folders of this beginning are unfinished or on their way out: removed when a store is opened. */
export const TEMPORARY_PREFIX = ".tmp-";

/** Makes a folder that only the host's user may enter. */
export function makeFolder(path: string): void {
  Deno.mkdirSync(path, { recursive: true, mode: 0o700 });
}

/** Makes a temporary folder inside `parent`. */
export function makeTemporary(parent: string): string {
  return Deno.makeTempDirSync({ dir: parent, prefix: TEMPORARY_PREFIX });
}

/** Forces a folder's list of names to the disk; Windows has no such call and needs none. */
export function syncFolder(path: string): void {
  if (Deno.build.os === "windows") return;
  using folder = Deno.openSync(path);
  folder.syncSync();
}

/** Forces a file's content to the disk without holding up the event loop. */
export async function syncFile(path: string): Promise<void> {
  using file = await Deno.open(path, { read: true, write: true });
  await file.sync();
}

/** Writes a new file and forces it to the disk; its folder is the caller's to sync. */
export function writeNew(path: string, bytes: Uint8Array): void {
  using file = Deno.openSync(path, { write: true, createNew: true, mode: 0o600 });
  writeAll(file, bytes);
  file.syncSync();
}

/** Replaces a file at once: readers see the old content or the new, also after a loss of power. */
export function replaceFile(path: string, bytes: Uint8Array): void {
  const temporary = `${dirname(path)}/${TEMPORARY_PREFIX}${crypto.randomUUID()}`;
  try {
    writeNew(temporary, bytes);
    Deno.renameSync(temporary, path);
  } catch (error) {
    removeTree(temporary);
    throw error;
  }
  syncFolder(dirname(path));
}

/** Moves a file; across file systems it is copied. */
export async function moveFile(from: string, to: string): Promise<void> {
  try {
    await Deno.rename(from, to);
  } catch (error) {
    if ((error as { code?: unknown }).code !== "EXDEV") throw error;
    await Deno.copyFile(from, to);
    await Deno.remove(from);
  }
}

/** Removes whatever is there; nothing there is well too. */
export function removeTree(path: string): void {
  try {
    Deno.removeSync(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Whether something is there, a link counting as itself. */
export function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** The names in a folder, of folders only. */
export function folderNames(path: string): string[] {
  return [...Deno.readDirSync(path)].filter((entry) => entry.isDirectory).map((entry) => entry.name);
}

/** Removes what an interrupted run left unfinished in a folder. */
export function sweepTemporary(folder: string): void {
  for (const { name } of Deno.readDirSync(folder)) {
    if (name.startsWith(TEMPORARY_PREFIX)) removeTree(join(folder, name));
  }
}
