/** What is looked at when a store is opened: that the files are what the database says. */
import type { DatabaseSync } from "node:sqlite";
import { join } from "@std/path";
import { folderNames, removeTree } from "./files.ts";
import { readChecked } from "./images.ts";
import type { StoreProblem } from "./records.ts";

/**
 * Checks each image: the module by its digest, assets by their size (reading gigabytes would hold up the start).
 * Marks the damaged ones and takes the mark from those that are well again.
 */
export async function verifyImages(db: DatabaseSync, folder: string): Promise<StoreProblem[]> {
  const problems: StoreProblem[] = [];
  const rows = db.prepare("SELECT digest, name, module_sha256 AS hash, assets, damaged FROM images").all();
  for (const row of rows) {
    const digest = String(row.digest);
    const assets = JSON.parse(String(row.assets));
    const damaged = await imageDamage(join(folder, digest), String(row.hash), assets);
    if (damaged !== null) {
      problems.push({ kind: "image-damaged", target: digest, detail: `${row.name}: ${damaged}` });
    }
    if (damaged !== row.damaged) {
      db.prepare("UPDATE images SET damaged = ? WHERE digest = ?").run(damaged, digest);
    }
  }
  return problems;
}

async function imageDamage(
  folder: string,
  moduleHash: string,
  assets: readonly (readonly [path: string, size: number, sha256: string])[],
): Promise<string | null> {
  if (!await readChecked(join(folder, "module.wasm"), moduleHash)) return "its module is missing or altered";
  const wrong = assets.find(([path, size]) => fileSize(join(folder, "assets", path)) !== size);
  return wrong ? `its asset "${wrong[0]}" is missing or altered` : null;
}

function fileSize(path: string): number | undefined {
  try {
    const info = Deno.lstatSync(path);
    return info.isFile ? info.size : undefined;
  } catch {
    return undefined; // missing or unreadable: both mean that the image cannot be used
  }
}

/** Removes image folders that the database does not know: an upload that was not finished, or was removed. */
export function removeOrphans(db: DatabaseSync, folder: string): void {
  const known = new Set(db.prepare("SELECT digest FROM images").all().map((row) => String(row.digest)));
  for (const name of folderNames(folder)) if (!known.has(name)) removeTree(join(folder, name));
}
