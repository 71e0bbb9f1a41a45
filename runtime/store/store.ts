/** The durable state of a host: `host.db`, `images/`, `services/` in one data folder. */
import type { DatabaseSync } from "node:sqlite";
import { join } from "@std/path";
import type { ServicePlace } from "../../capabilities/capability.ts";
import { openDatabase } from "./database.ts";
import { guarded, translated } from "./errors.ts";
import { exists, makeFolder, sweepTemporary } from "./files.ts";
import { ImageStore, type PreparedModule } from "./images.ts";
import { AuditLog, Settings, Signatures } from "./ledger.ts";
import type { StoreProblem } from "./records.ts";
import { Reserve } from "./reserve.ts";
import { SecretStore } from "./secrets.ts";
import { ServiceStore } from "./services.ts";
import { removeOrphans, verifyImages } from "./verify.ts";

/** What the store keeps. */
export type {
  AuditEntry,
  ImageRecord,
  ServiceInput,
  ServiceRecord,
  ServiceState,
  StoreProblem,
} from "./records.ts";
/** What preparation made of a module. */
export type { PreparedModule } from "./images.ts";

/** How to open. */
export interface StoreOptions {
  /** The clock for records; the system's by default. */
  readonly nowMs?: () => number;
  /** How long to wait for a host that is just stopping; 3 s by default. */
  readonly lockWaitMs?: number;
}

const LOCK_WAIT_DEFAULT_MS = 3_000;

/**
 * Opens a data folder, or makes it: sweeps what an interrupted run left, checks every image against its digest.
 * A damaged image is marked and reported; the rest works. Throws `store-…`, `disk-full`.
 */
export async function openStore(dataFolder: string, options: StoreOptions = {}): Promise<Store> {
  const store = guarded("opening the store", () => openUnchecked(dataFolder, options));
  try {
    await store.verify();
    return store;
  } catch (error) {
    store.close();
    throw translated(error, "opening the store");
  }
}

function openUnchecked(dataFolder: string, options: StoreOptions): Store {
  makeFolder(dataFolder);
  makeFolder(join(dataFolder, "images"));
  makeFolder(join(dataFolder, "services"));
  const file = join(dataFolder, "host.db");
  // SQLite would make it as the umask says; it holds the keys' hashes, and the folder may be open to others.
  Deno.openSync(file, { write: true, create: true, mode: 0o600 }).close();
  const isNew = Deno.statSync(file).size === 0;
  const db = openDatabase(file, options.lockWaitMs ?? LOCK_WAIT_DEFAULT_MS);
  try {
    return new Store(db, dataFolder, isNew, options.nowMs ?? Date.now);
  } catch (error) {
    db.close();
    throw error;
  }
}

/** An open data folder; one at a time. Dispose of it when done. */
export class Store implements Disposable {
  readonly #db: DatabaseSync;
  readonly images: ImageStore;
  readonly services: ServiceStore;
  readonly settings: Settings;
  readonly signatures: Signatures;
  readonly audit: AuditLog;
  readonly secrets: SecretStore;
  /** What was found wrong when it was opened. */
  problems: readonly StoreProblem[] = [];

  /** Use {@link openStore}. */
  constructor(db: DatabaseSync, readonly dataFolder: string, isNew: boolean, nowMs: () => number) {
    this.#db = db;
    const reserve = new Reserve(join(dataFolder, "reserve"));
    this.images = new ImageStore(db, join(dataFolder, "images"), reserve);
    this.services = new ServiceStore(db, join(dataFolder, "services"), this.images, reserve, nowMs);
    this.settings = new Settings(db);
    this.signatures = new Signatures(db);
    this.audit = new AuditLog(db);
    this.secrets = new SecretStore(join(dataFolder, "secrets.json"), nowMs);
    this.#recover(isNew);
  }

  /** Checks every image; {@link openStore} does. */
  async verify(): Promise<void> {
    this.problems = await verifyImages(this.#db, this.images.folder);
  }

  #recover(isNew: boolean): void {
    sweepTemporary(this.images.folder);
    if (exists(join(this.dataFolder, "backups"))) sweepTemporary(join(this.dataFolder, "backups"));
    this.services.discardLoose();
    this.images.collect();
    // With a new database nothing is known: what lies there may be all that is left of an old one.
    if (!isNew) removeOrphans(this.#db, this.images.folder);
  }

  /** {@link ServiceStore.place}. */
  place(serviceId: string, imageDigest?: string): ServicePlace {
    return this.services.place(serviceId, imageDigest);
  }

  /** {@link ImageStore.prepared}. */
  preparedModule(digest: string, key: string): Promise<PreparedModule | undefined> {
    return this.images.prepared(digest, key);
  }

  /** {@link ImageStore.setPrepared}. */
  setPreparedModule(digest: string, key: string, module: Uint8Array, facts: unknown = null): void {
    this.images.setPrepared(digest, key, module, facts);
  }

  /** {@link Settings.get}. */
  setting(key: string): string | undefined {
    return this.settings.get(key);
  }

  /** {@link Settings.set}. */
  setSetting(key: string, value: string | undefined): void {
    this.settings.set(key, value);
  }

  /** Copies the database, as it is now, to a new file. */
  copyTo(file: string): void {
    guarded("copying the store", () => {
      Deno.openSync(file, { write: true, createNew: true, mode: 0o600 }).close();
      this.#db.prepare("VACUUM INTO ?").run(file); // it takes an empty file
    });
  }

  /** Closes the database; the folder may then be opened again. */
  close(): void {
    if (this.#db.isOpen) this.#db.close();
  }

  /** {@link close}. */
  [Symbol.dispose](): void {
    this.close();
  }
}
