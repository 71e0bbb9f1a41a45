/** Deployments, with their history and the places of their data. */
import type { DatabaseSync } from "node:sqlite";
import { join } from "@std/path";
import type { ServicePlace } from "../../capabilities/capability.ts";
import type { Grants } from "../../capabilities/grants.ts";
import { transaction } from "./database.ts";
import { guarded, storeError } from "./errors.ts";
import { exists, makeFolder, removeTree, syncFolder } from "./files.ts";
import type { ImageStore } from "./images.ts";
import { checkOwner, folderName, joinId } from "./names.ts";
import type { Reserve } from "./reserve.ts";
import type { ServiceInput, ServiceRecord, ServiceState } from "./records.ts";

/** How many earlier deployments of a service are kept to go back to. */
export const HISTORY_MAX_COUNT = 10;

const SELECT = `SELECT id, client_id AS clientId, name, image_digest AS imageDigest,
  image_id AS imageId, base_path AS basePath, env, grants, limits, state,
  state_reason AS stateReason, revision, created_ms AS createdMs, updated_ms AS updatedMs FROM services`;

/** The services of a store. Synchronous: what returned is on the disk. */
export class ServiceStore {
  readonly #db: DatabaseSync;
  readonly #images: ImageStore;
  readonly #reserve: Reserve;
  readonly #nowMs: () => number;
  /** Ids that were placed before they are put, by this process. */
  readonly #tried = new Set<string>();

  constructor(
    db: DatabaseSync,
    readonly folder: string,
    images: ImageStore,
    reserve: Reserve,
    nowMs: () => number,
  ) {
    this.#db = db;
    this.#reserve = reserve;
    this.#images = images;
    this.#nowMs = nowMs;
  }

  /**
   * Deploys: makes the service, or replaces what it runs and keeps the former deployment in its history.
   * Throws `image-not-found`, `id-taken`, `path-taken`, `client-id-invalid`.
   */
  put(input: ServiceInput): ServiceRecord {
    const id = joinId(input.clientId, input.name);
    const record = guarded("keeping the service", () => transaction(this.#db, () => this.#put(id, input)));
    this.#images.collect();
    return record;
  }

  #put(id: string, input: ServiceInput): ServiceRecord {
    const present = this.get(id);
    checkOwner(id, input, present && { client_id: present.clientId, name: present.name });
    this.#images.manifest(input.imageDigest); // throws when there is no such image
    this.#checkPath(id, input);
    if (present) this.#remember(present);
    const nowMs = this.#nowMs();
    const record: ServiceRecord = {
      id,
      clientId: input.clientId,
      name: input.name,
      imageDigest: input.imageDigest,
      imageId: input.imageId,
      basePath: input.basePath,
      env: input.env,
      grants: input.grants,
      limits: input.limits,
      state: input.state ?? "started",
      stateReason: "",
      revision: (present?.revision ?? 0) + 1,
      createdMs: present?.createdMs ?? nowMs,
      updatedMs: nowMs,
    };
    this.#write(record);
    this.#db.prepare("DELETE FROM loose_folders WHERE service_id = ?").run(id);
    return record;
  }

  #checkPath(id: string, { clientId, basePath }: ServiceInput): void {
    const other = this.#db.prepare(
      "SELECT id FROM services WHERE client_id = ? AND base_path = ? AND id <> ?",
    )
      .get(clientId, basePath, id);
    if (other) {
      throw storeError("path-taken", `the base path "${basePath}" belongs to the service "${other.id}"`);
    }
  }

  #write(record: ServiceRecord): void {
    this.#db.prepare(`
      INSERT INTO services VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (id) DO UPDATE SET image_digest = excluded.image_digest, image_id = excluded.image_id,
        base_path = excluded.base_path, env = excluded.env, grants = excluded.grants, limits = excluded.limits,
        state = excluded.state, state_reason = excluded.state_reason, revision = excluded.revision,
        updated_ms = excluded.updated_ms
    `).run(
      record.id,
      record.clientId,
      record.name,
      record.imageDigest,
      record.imageId,
      record.basePath,
      JSON.stringify(record.env),
      JSON.stringify(record.grants),
      JSON.stringify(record.limits),
      record.state,
      record.stateReason,
      record.revision,
      record.createdMs,
      record.updatedMs,
    );
  }

  #remember(record: ServiceRecord): void {
    this.#db.prepare("INSERT INTO history VALUES (?, ?, ?, ?)")
      .run(record.id, record.revision, record.imageDigest, JSON.stringify(record));
    this.#db.prepare("DELETE FROM history WHERE service_id = ? AND revision <= ?")
      .run(record.id, record.revision - HISTORY_MAX_COUNT);
  }

  /** One service; `undefined` when there is none. */
  get(id: string): ServiceRecord | undefined {
    const row = this.#db.prepare(`${SELECT} WHERE id = ?`).get(id);
    return row && toRecord(row);
  }

  /** All services, or one client's, by id. */
  list(clientId?: string): ServiceRecord[] {
    return this.#db.prepare(`${SELECT} WHERE ?1 IS NULL OR client_id = ?1 ORDER BY id`)
      .all(clientId ?? null).map(toRecord);
  }

  /** Earlier deployments, the latest first; at most {@link HISTORY_MAX_COUNT}. */
  history(id: string): ServiceRecord[] {
    return this.#db.prepare("SELECT record FROM history WHERE service_id = ? ORDER BY revision DESC")
      .all(id).map((row) => JSON.parse(String(row.record)));
  }

  /**
   * Changes the grants of a service and of its history in one step, so that no way back leads to what was taken.
   * Throws `service-not-found`.
   */
  changeGrants(id: string, change: (grants: Grants) => Grants): ServiceRecord {
    return guarded("changing the service's grants", () =>
      transaction(this.#db, () => {
        const record = this.get(id);
        if (!record) throw storeError("service-not-found", `there is no service "${id}"`);
        const changed = { ...record, grants: change(record.grants) };
        this.#write(changed);
        const past = this.#db.prepare("UPDATE history SET record = ? WHERE service_id = ? AND revision = ?");
        for (const earlier of this.history(id)) {
          past.run(JSON.stringify({ ...earlier, grants: change(earlier.grants) }), id, earlier.revision);
        }
        return changed;
      }));
  }

  /** Notes what became of a service; no new revision. */
  setState(id: string, state: ServiceState, reason = ""): void {
    const { changes } = guarded(
      "noting the service's state",
      () =>
        this.#db.prepare("UPDATE services SET state = ?, state_reason = ?, updated_ms = ? WHERE id = ?")
          .run(state, reason, this.#nowMs(), id),
    );
    if (Number(changes) === 0) throw storeError("service-not-found", `there is no service "${id}"`);
  }

  /**
   * Removes a service with its history, storage, files and logs; its worker must have ended. Gives what was there;
   * `undefined` when there was none.
   */
  remove(id: string): ServiceRecord | undefined {
    const record = this.get(id);
    if (!record) return undefined;
    const take = () =>
      transaction(this.#db, () => {
        // The mark comes with the removal: should the process die now, the next start removes the data.
        this.#setLoose(id);
        this.#db.prepare("DELETE FROM services WHERE id = ?").run(id);
      });
    this.#reserve.freeing(() => guarded("removing the service", take));
    this.discard(id);
    guarded("removing the service's image", () => this.#images.collect());
    return record;
  }

  /** Removes the storage, files and logs of an id that was tried and not put; does nothing to one on record. */
  discard(id: string): void {
    if (this.get(id)) return;
    this.#tried.delete(id);
    guarded("removing the service's data", () => {
      removeTree(join(this.folder, folderName(id)));
      syncFolder(this.folder);
      this.#db.prepare("DELETE FROM loose_folders WHERE service_id = ?").run(id);
    });
  }

  /** Called when the store is opened: discards what was removed, or never put, before the last process ended. */
  discardLoose(): void {
    for (const row of this.#db.prepare("SELECT service_id AS id FROM loose_folders").all()) {
      this.discard(String(row.id));
    }
  }

  /** Notes that the id's folder goes at the next start, unless the service is put. */
  #setLoose(id: string): void {
    this.#db.prepare("INSERT OR IGNORE INTO loose_folders VALUES (?)").run(id);
  }

  /**
   * Where a service's things are; the folders are made when they are not there. It may be asked before the service
   * is put, to try it: then the folders go at the next start, or with {@link discard}, unless it is put. A folder of
   * that name which no record explains is taken over: it may be all that is left of a lost database.
   *
   * @param imageDigest of the image whose assets it sees; by default the one that it runs
   */
  place(id: string, imageDigest?: string): ServicePlace {
    const record = this.get(id);
    const digest = imageDigest ?? record?.imageDigest;
    if (digest === undefined) throw storeError("service-not-found", `there is no service "${id}"`);
    const home = join(this.folder, folderName(id));
    return guarded("making the service's folders", () => {
      if (!record) this.#beginTry(id, home);
      makeFolder(join(home, "files"));
      return {
        privateFolder: join(home, "files"),
        storageFile: join(home, "storage.db"),
        assetsFolder: this.#images.assetsFolder(digest),
      };
    });
  }

  /** The first time that an unrecorded service is placed, what a removed one left under its id goes. */
  #beginTry(id: string, home: string): void {
    if (this.#tried.has(id)) return;
    if (this.#isLoose(id)) this.discard(id);
    if (!exists(home)) this.#setLoose(id);
    this.#tried.add(id);
  }

  #isLoose(id: string): boolean {
    return this.#db.prepare("SELECT 1 FROM loose_folders WHERE service_id = ?").get(id) !== undefined;
  }

  /** A name for a folder of something of the service's; no other id has it. */
  folderNameOf(id: string): string {
    return folderName(id);
  }

  /** Where a service's logs are; made when it is not there. */
  logsFolder(id: string): string {
    const path = join(this.folder, folderName(id), "logs");
    guarded("making the service's folders", () => makeFolder(path));
    return path;
  }
}

function toRecord(row: Record<string, unknown>): ServiceRecord {
  const json = (name: string) => JSON.parse(String(row[name]));
  return {
    ...row,
    env: json("env"),
    grants: json("grants"),
    limits: json("limits"),
  } as unknown as ServiceRecord;
}
