/**
 * Writes what is said of each manifest in `manifests/` beside it, as `NAME.txt`; review the difference before
 * committing it. The test compares.
 */
import { BerthError } from "../../runtime/error.ts";
import { parseManifest } from "../../runtime/unit/manifest.ts";
import { LIMITS_DEFAULT } from "./samples.ts";

const FOLDER = new URL("./manifests/", import.meta.url);

/** The manifests, by name without extension. */
export function goldenNames(): string[] {
  return [...Deno.readDirSync(FOLDER)].map(({ name }) => name).filter((name) => name.endsWith(".manifest"))
    .map((name) => name.slice(0, -".manifest".length)).sort();
}

/** What Berth says of one: its errors, or the manifest as completed. */
export function verdict(name: string): string {
  try {
    const manifest = parseManifest(Deno.readFileSync(new URL(`${name}.manifest`, FOLDER)), LIMITS_DEFAULT);
    return JSON.stringify(manifest, null, 2) + "\n";
  } catch (error) {
    if (error instanceof BerthError) return `${error.code}\n${error.detail}\n`;
    throw error;
  }
}

/** What it is to say. */
export function expected(name: string): string {
  return Deno.readTextFileSync(new URL(`${name}.txt`, FOLDER));
}

if (import.meta.main) {
  for (const name of goldenNames()) Deno.writeTextFileSync(new URL(`${name}.txt`, FOLDER), verdict(name));
}
