/** How much lies in a folder. */
import { join } from "node:path";

/** Entries that are counted at most: a guest makes as many files as it likes, and counting them is the host's time. */
const ENTRIES_MAX_COUNT = 20_000;

/** Bytes of the files below a folder; links are not followed, and what goes meanwhile counts as nothing. */
export async function folderBytes(folder: string): Promise<number> {
  let bytes = 0, entries = 0;
  const folders = [folder];
  for (let at = folders.pop(); at !== undefined; at = folders.pop()) {
    try {
      for await (const { name, isDirectory, isFile } of Deno.readDir(at)) {
        if (++entries > ENTRIES_MAX_COUNT) return bytes;
        const path = join(at, name);
        if (isDirectory) folders.push(path);
        else if (isFile) bytes += await Deno.lstat(path).then(({ size }) => size, () => 0);
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return bytes;
}
