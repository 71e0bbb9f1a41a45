/** The whole data folder in one archive, and back. */
import { dirname, join } from "@std/path";
import type { Budget } from "../unit/budget.ts";
import type { ByteSource } from "../unit/byte_reader.ts";
import { openArchive } from "../unit/decompress.ts";
import { readTar } from "../unit/tar.ts";
import { type TarFile, tarStream } from "../unit/tar_stream.ts";
import { writeAll } from "../unit/write_all.ts";
import { copyDatabase } from "./copies.ts";
import { storeError } from "./errors.ts";
import { exists, folderNames, makeFolder, makeTemporary, removeTree } from "./files.ts";
import type { Store } from "./store.ts";

/** First entry of a backup: says what it is. */
const MARK = "berth-backup.json";
const FORMAT = 1;

/** Where backups are made and copies of storage lie: `backups/` of the data folder. */
export const BACKUPS_FOLDER = "backups";

/**
 * Copies everything that a host needs to come back: database, images, services' storage and files, secrets, keys. What is
 * copied is one moment of each database; logs are left out. The caller sees to it that nothing is deployed meanwhile.
 */
export async function stageBackup(store: Store): Promise<string> {
  const { dataFolder } = store;
  makeFolder(join(dataFolder, BACKUPS_FOLDER));
  const stage = makeTemporary(join(dataFolder, BACKUPS_FOLDER));
  try {
    store.copyTo(join(stage, "host.db"));
    for (const name of ["keys.json", "api-key", "secrets.json"]) {
      if (exists(join(dataFolder, name))) Deno.copyFileSync(join(dataFolder, name), join(stage, name));
    }
    linkTree(join(dataFolder, "images"), join(stage, "images"), Deno.linkSync);
    for (const name of folderNames(join(dataFolder, "services"))) {
      await stageService(join(dataFolder, "services", name), join(stage, "services", name));
    }
    return stage;
  } catch (error) {
    removeTree(stage);
    throw error;
  }
}

async function stageService(from: string, to: string): Promise<void> {
  makeFolder(to);
  if (exists(join(from, "storage.db"))) await copyDatabase(join(from, "storage.db"), join(to, "storage.db"));
  if (exists(join(from, "files"))) linkTree(join(from, "files"), join(to, "files"), Deno.copyFileSync);
}

/** Takes regular files only: a guest's links lead wherever it wanted. */
function linkTree(from: string, to: string, take: (from: string, to: string) => void): void {
  makeFolder(to);
  for (const entry of Deno.readDirSync(from)) {
    if (entry.name.startsWith(".tmp-")) continue;
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory) linkTree(source, target, take);
    else if (entry.isFile) take(source, target);
  }
}

/** The staged copy as a tar; the stage is removed when it has been read, or is not wanted any more. */
export function packStage(stage: string, version: string): ReadableStream<Uint8Array> {
  const mark = JSON.stringify({ format: FORMAT, version, madeMs: Date.now() }) + "\n";
  Deno.writeTextFileSync(join(stage, MARK), mark);
  const files: TarFile[] = [{ path: MARK, file: join(stage, MARK) }];
  const walk = (below: string) => {
    const entries = [...Deno.readDirSync(join(stage, below))].sort((a, b) => a.name < b.name ? -1 : 1);
    for (const entry of entries) {
      const path = below ? `${below}/${entry.name}` : entry.name;
      if (entry.isDirectory) walk(path);
      else if (path !== MARK) files.push({ path, file: join(stage, path) });
    }
  };
  walk("");
  return tarStream(files, () => removeTree(stage));
}

/**
 * Makes a data folder of a backup. The folder must hold no host yet; when the backup is refused, nothing of it stays
 * behind. Throws `backup-invalid`, `folder-in-use`, and what reading archives throws.
 */
export async function unpackBackup(source: ByteSource, dataFolder: string, budget: Budget): Promise<number> {
  if (exists(join(dataFolder, "host.db"))) {
    throw storeError("folder-in-use", "the folder holds a host already; a backup goes into a new one");
  }
  makeFolder(dirname(dataFolder));
  const stage = makeTemporary(dirname(dataFolder));
  try {
    const count = await unpack(source, stage, budget);
    for (const name of ["host.db", "keys.json"]) {
      if (!exists(join(stage, name))) throw invalid(`it lacks ${name}`);
    }
    makeFolder(dataFolder);
    // The database last: without it there is no host in the folder.
    const names = [...Deno.readDirSync(stage)].map(({ name }) => name).filter((name) => name !== "host.db");
    for (const name of [...names, "host.db"]) Deno.renameSync(join(stage, name), join(dataFolder, name));
    return count;
  } finally {
    removeTree(stage);
  }
}

async function unpack(source: ByteSource, stage: string, budget: Budget): Promise<number> {
  const reader = await openArchive(source, budget, true);
  let count = 0;
  try {
    for await (const entry of readTar(reader, budget)) {
      if (count++ === 0 && entry.path !== MARK) throw invalid(`it does not begin with ${MARK}`);
      if (
        !/^(berth-backup\.json|host\.db|keys\.json|api-key|secrets\.json|(images|services)\/.+)$/.test(
          entry.path,
        )
      ) {
        throw invalid(`the entry ${JSON.stringify(entry.path.slice(0, 200))} does not belong to a backup`);
      }
      const target = join(stage, entry.path);
      makeFolder(dirname(target));
      using file = Deno.openSync(target, { write: true, createNew: true, mode: 0o600 });
      for await (const part of entry.body()) writeAll(file, part);
      file.syncSync();
      if (entry.path === MARK) checkMark(target);
    }
  } finally {
    await reader.close();
  }
  Deno.removeSync(join(stage, MARK));
  return count - 1;
}

function checkMark(file: string): void {
  let format: unknown;
  try {
    format = JSON.parse(Deno.readTextFileSync(file)).format;
  } catch {
    throw invalid(`its ${MARK} cannot be read`);
  }
  if (format !== FORMAT) throw invalid(`it has the format ${format}; this Berth reads ${FORMAT}`);
}

const invalid = (why: string) => storeError("backup-invalid", `the backup cannot be used: ${why}`);
