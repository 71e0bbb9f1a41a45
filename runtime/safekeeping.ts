/** Copies of what services store, and of the whole host, and the way back; and their secrets. */
import { join } from "node:path";
import { BerthError } from "./error.ts";
import type { Registry } from "./registry.ts";
import type { Rollouts } from "./rollout.ts";
import { Secrets } from "./secrets.ts";
import { BACKUPS_FOLDER, packStage, stageBackup } from "./store/backup.ts";
import { copyDatabase, restoreDatabase } from "./store/copies.ts";
import type { Store } from "./store/store.ts";
import { VERSION } from "./version.ts";

/** How long requests have to end before their service's storage is put back. */
const DRAIN_MS = 10_000;
/** Copies of one service; its storage's limit holds for each. */
const COPIES_MAX_COUNT = 16;
/** A copy's name: never a path of the device, which the caller must not reach. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/** Makes copies and puts them back. */
export class Safekeeping {
  /** What operators set for services. */
  readonly secrets: Secrets;

  constructor(
    private readonly store: Store,
    private readonly registry: Registry,
    private readonly rollouts: Rollouts,
  ) {
    this.secrets = new Secrets(store.secrets, registry, rollouts);
  }

  /** The whole host as a tar. Deployments wait while it is taken, not while it is read. */
  backUp(): Promise<ReadableStream<Uint8Array>> {
    return this.rollouts.run(async () => packStage(await stageBackup(this.store), VERSION));
  }

  /** Copies a service's storage while it works. Throws `storage-empty`, `request-invalid`. */
  async copyStorage(id: string, name: string): Promise<void> {
    const { storageFile } = this.store.place(id);
    const folder = this.#folderOf(id);
    const copy = join(folder, fileName(name));
    const names = namesIn(folder);
    if (names.length >= COPIES_MAX_COUNT && !names.includes(fileName(name))) {
      throw new BerthError(
        "request-invalid",
        `there are ${names.length} copies already; give the path of one of them`,
      );
    }
    if (!await isFile(storageFile)) {
      throw new BerthError("storage-empty", "the service has stored nothing yet");
    }
    await copyDatabase(storageFile, copy);
  }

  /**
   * Puts a copy back: the service's requests end, its storage is what it was then, and it serves again. In between
   * it answers 503. Throws `copy-unknown`, `copy-damaged`.
   */
  restoreStorage(id: string, name: string): Promise<void> {
    return this.rollouts.run(async () => {
      const copy = join(this.#folderOf(id), fileName(name));
      if (!await isFile(copy)) {
        throw new BerthError("copy-unknown", `there is no copy ${JSON.stringify(name)} of the service`);
      }
      const service = this.registry.get(id);
      if (!service) throw new BerthError("service-not-found", `there is no service ${JSON.stringify(id)}`);
      await service.stop(DRAIN_MS);
      try {
        await restoreDatabase(copy, this.store.place(id).storageFile);
      } finally {
        this.registry.install(this.registry.make(service.deployment));
      }
    });
  }

  #folderOf(id: string): string {
    return join(this.store.dataFolder, BACKUPS_FOLDER, this.store.services.folderNameOf(id));
  }
}

function fileName(name: string): string {
  if (NAME.test(name)) return `${name}.db`;
  throw new BerthError(
    "request-invalid",
    "path: it is the copy's name, letters, digits, dots and dashes; copies lie in the data folder's backups",
  );
}

function namesIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

const isFile = (path: string) => Deno.stat(path).then((info) => info.isFile, () => false);
