/** Stored images: content by digest in `images/`, names of clients for it in the database. */
import type { DatabaseSync } from "node:sqlite";
import { dirname, join } from "@std/path";
import type { Asset, Image } from "../unit/image.ts";
import type { Manifest } from "../unit/manifest.ts";
import { digestOf, sha256 } from "../node_lazily.ts";
import { transaction } from "./database.ts";
import { guarded, storeError, translated } from "./errors.ts";
import {
  exists,
  makeFolder,
  makeTemporary,
  moveFile,
  removeTree,
  replaceFile,
  syncFile,
  syncFolder,
  writeNew,
} from "./files.ts";
import { checkOwner, joinId } from "./names.ts";
import type { ImageRecord } from "./records.ts";
import type { Reserve } from "./reserve.ts";

const MODULE = "module.wasm";
const ASSETS = "assets";

/** Files forced to the disk together: file systems write what waits in one go. */
const SYNCS_AT_ONCE = 64;

/** How many prepared forms of one image are kept: a change of limits makes a new one. */
const PREPARED_MAX_COUNT = 4;

const COLUMNS = `t.id, t.client_id AS clientId, t.name, t.digest, i.kind, i.version, i.manifest, i.facts,
  i.module_sha256 AS moduleSha256, i.module_bytes AS moduleBytes, json_array_length(i.assets) AS assetsCount,
  t.size_bytes AS sizeBytes, t.created_ms AS createdMs, i.damaged`;

/** Content that only a service holds, as if it had a name. */
const NAMELESS = `(SELECT digest AS id, '' AS client_id, name, digest, size_bytes, created_ms
  FROM images WHERE digest = ?1)`;

type Row = Record<string, unknown>;

/** A prepared module and what its preparation told about it. */
export interface PreparedModule {
  readonly module: Uint8Array<ArrayBuffer>;
  /** Whatever the preparation wants to know again; JSON. */
  readonly facts: unknown;
}

/** The images of a store. */
export class ImageStore {
  readonly #db: DatabaseSync;
  readonly #reserve: Reserve;
  /** Adding takes several steps; one at a time. */
  #adding: Promise<unknown> = Promise.resolve();

  /** @param folder `images/` of the data folder; also where `readImage` should put its files */
  constructor(db: DatabaseSync, readonly folder: string, reserve: Reserve) {
    this.#db = db;
    this.#reserve = reserve;
  }

  readonly #holds = new Set<{ readonly digest: string }>();

  /** The content stays until the hold is disposed of, also when no name and no service leads to it any more. */
  hold(digest: string): Disposable {
    const hold = { digest, [Symbol.dispose]: () => void this.#holds.delete(hold) };
    this.#holds.add(hold);
    return hold;
  }

  /**
   * Keeps an image under the client's name for it, in place of what had that name. The image's files are moved
   * away from it. When the promise resolves, all of it is on the disk.
   */
  add(image: Image, clientId: string): Promise<ImageRecord> {
    const added = this.#adding.then(() => this.#add(image, clientId));
    this.#adding = added.catch(() => {});
    return added;
  }

  async #add(image: Image, clientId: string): Promise<ImageRecord> {
    const id = joinId(clientId, image.name);
    this.#reserve.claim("keeping the image");
    try {
      checkOwner(id, { clientId, name: image.name }, this.#tagRow(id));
      const filled = this.#usable(image.digest) ? undefined : await this.#fill(image);
      // From here on nothing waits, so that a removal cannot come in between.
      if (filled !== undefined) this.#putInPlace(filled, image.digest);
      return this.#enter(image, id, clientId);
    } catch (error) {
      throw translated(error, "keeping the image");
    }
  }

  /** Writes the image into a temporary folder and forces it to the disk; gives the folder. */
  async #fill(image: Image): Promise<string> {
    const temporary = makeTemporary(this.folder);
    try {
      writeNew(join(temporary, MODULE), image.module);
      const folders = new Set([temporary]);
      for (let at = 0; at < image.assets.length; at += SYNCS_AT_ONCE) {
        const some = image.assets.slice(at, at + SYNCS_AT_ONCE);
        const root = join(temporary, ASSETS);
        // All are waited for, so that none still writes when the folder is removed for another's failure.
        const placed = await Promise.allSettled(some.map((asset) => placeAsset(asset, root, folders)));
        for (const result of placed) if (result.status === "rejected") throw result.reason;
      }
      for (const folder of folders) syncFolder(folder);
      return temporary;
    } catch (error) {
      removeTree(temporary);
      throw error;
    }
  }

  #putInPlace(filled: string, digest: string): void {
    try {
      this.#removeFolders([digest]);
      Deno.renameSync(filled, join(this.folder, digest));
      syncFolder(this.folder);
    } catch (error) {
      removeTree(filled);
      throw error;
    }
  }

  /** Puts the image on record; without that its folder goes again. */
  #enter(image: Image, id: string, clientId: string): ImageRecord {
    try {
      const { record, unused } = transaction(this.#db, () => {
        this.#insert(image, id, clientId);
        return { unused: this.#forgetUnused(), record: this.get(id) };
      });
      this.#removeFolders(unused);
      if (!record) throw new Error(`image ${id} is not there after it was added`);
      return record;
    } catch (error) {
      const known = this.#db.prepare("SELECT 1 FROM images WHERE digest = ?").get(image.digest);
      if (!known) this.#removeFolders([image.digest]);
      throw error;
    }
  }

  #usable(digest: string): boolean {
    const row = this.#db.prepare("SELECT damaged FROM images WHERE digest = ?").get(digest);
    return row !== undefined && row.damaged === null && exists(join(this.folder, digest));
  }

  #insert(image: Image, id: string, clientId: string): void {
    const assets = image.assets.map(({ path, size, sha256 }) => [path, size, sha256]);
    this.#db.prepare(`
      INSERT INTO images VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)
      ON CONFLICT (digest) DO UPDATE SET damaged = NULL, facts = excluded.facts, manifest = excluded.manifest
    `).run(
      image.digest,
      image.kind,
      image.name,
      image.version,
      JSON.stringify(image.manifest),
      image.facts ? JSON.stringify(image.facts) : null,
      image.moduleSha256,
      image.module.length,
      JSON.stringify(assets),
      image.sizeBytes,
      image.createdMs,
    );
    this.#db.prepare(`
      INSERT INTO image_tags VALUES (?, ?, ?, ?, ?, ?)
      ON CONFLICT (id) DO UPDATE SET digest = excluded.digest, size_bytes = excluded.size_bytes,
        created_ms = excluded.created_ms
    `).run(id, clientId, image.name, image.digest, image.sizeBytes, image.createdMs);
  }

  /** By id, or by digest (then under the first of its names, or none). */
  get(idOrDigest: string): ImageRecord | undefined {
    const row = this.#db.prepare(`
      SELECT ${COLUMNS} FROM image_tags t JOIN images i USING (digest)
      WHERE t.id = ?1 OR t.digest = ?1 ORDER BY t.id = ?1 DESC, t.id LIMIT 1
    `).get(idOrDigest) ??
      this.#db.prepare(`SELECT ${COLUMNS} FROM ${NAMELESS} t JOIN images i USING (digest)`)
        .get(idOrDigest);
    return row ? toRecord(row) : undefined;
  }

  /** What a client calls `name` or `name:version`. */
  find(clientId: string, reference: string): ImageRecord | undefined {
    const [name = "", version] = reference.split(":", 2);
    const row = this.#db.prepare(`
      SELECT ${COLUMNS} FROM image_tags t JOIN images i USING (digest)
      WHERE t.client_id = ? AND t.name = ? AND (?3 IS NULL OR i.version = ?3)
    `).get(clientId, name, version ?? null);
    return row ? toRecord(row) : undefined;
  }

  /** All images, or one client's, by id. */
  list(clientId?: string): ImageRecord[] {
    return this.#db.prepare(`
      SELECT ${COLUMNS} FROM image_tags t JOIN images i USING (digest)
      WHERE ?1 IS NULL OR t.client_id = ?1 ORDER BY t.id
    `).all(clientId ?? null).map(toRecord);
  }

  /**
   * Takes a name away; the content goes with its last name, unless a service or its history still needs it.
   * Gives what was there; `undefined` when there was none.
   */
  remove(id: string): ImageRecord | undefined {
    const record = this.get(id);
    if (record?.id !== id || record.clientId === "") return undefined;
    const remove = () =>
      transaction(this.#db, () => {
        this.#db.prepare("DELETE FROM image_tags WHERE id = ?").run(id);
        return this.#forgetUnused();
      });
    const unused = this.#reserve.freeing(() => guarded("removing the image", remove));
    guarded("removing the image's files", () => this.#removeFolders(unused));
    return record;
  }

  /** The digests that nothing names any more are forgotten. Runs inside a transaction. */
  #forgetUnused(): string[] {
    return this.#db.prepare(`
      DELETE FROM images WHERE digest NOT IN (SELECT digest FROM image_tags)
        AND digest NOT IN (SELECT image_digest FROM services)
        AND digest NOT IN (SELECT image_digest FROM history)
        AND digest NOT IN (SELECT value FROM json_each(?))
      RETURNING digest
    `).all(JSON.stringify([...this.#holds].map(({ digest }) => digest))).map((row) => String(row.digest));
  }

  /** Called by the store after a change of services; what nothing names any more goes. */
  collect(): void {
    this.#removeFolders(transaction(this.#db, () => this.#forgetUnused()));
  }

  /** A folder is renamed before it is emptied, so that no half of it is ever found under its name. */
  #removeFolders(digests: readonly string[]): void {
    for (const digest of digests) {
      const path = join(this.folder, digest);
      if (!exists(path)) continue;
      const away = makeTemporary(this.folder);
      Deno.renameSync(path, join(away, digest));
      removeTree(away);
    }
  }

  #tagRow(id: string): { client_id: string; name: string } | undefined {
    const row = this.#db.prepare("SELECT client_id, name FROM image_tags WHERE id = ?").get(id);
    return row && { client_id: String(row.client_id), name: String(row.name) };
  }

  /** The manifest of a content that is stored, under whatever name. Throws `image-not-found`. */
  manifest(digest: string): Manifest {
    const row = this.#db.prepare("SELECT manifest FROM images WHERE digest = ?").get(digest);
    if (!row) throw storeError("image-not-found", `there is no image with the digest ${digest}`);
    return JSON.parse(String(row.manifest));
  }

  /** The module as uploaded; checked against its digest. Throws `image-not-found`, `image-damaged`. */
  async module(digest: string): Promise<Uint8Array<ArrayBuffer>> {
    const row = this.#db.prepare("SELECT module_sha256 AS hash FROM images WHERE digest = ?").get(digest);
    if (!row) throw storeError("image-not-found", `there is no image with the digest ${digest}`);
    const bytes = await readChecked(join(this.folder, digest, MODULE), String(row.hash));
    if (!bytes) throw storeError("image-damaged", `the module of image ${digest} is not what was uploaded`);
    return bytes;
  }

  /** The folder of an image's assets; `null` when it has none. */
  assetsFolder(digest: string): string | null {
    const row = this.#db.prepare("SELECT json_array_length(assets) AS count FROM images WHERE digest = ?")
      .get(digest);
    return row && Number(row.count) > 0 ? join(this.folder, digest, ASSETS) : null;
  }

  /**
   * A prepared form of the module; `undefined` when there is none or its file is not what was written, so that it
   * is made anew.
   *
   * @param key names the form: the preparation's version and the limits that went into it; `[A-Za-z0-9._-]{1,64}`
   */
  async prepared(digest: string, key: string): Promise<PreparedModule | undefined> {
    const row = this.#db.prepare("SELECT sha256, facts FROM prepared WHERE digest = ? AND key = ?").get(
      digest,
      key,
    );
    if (!row) return undefined;
    const module = await readChecked(this.#preparedFile(digest, key), String(row.sha256));
    return module && { module, facts: JSON.parse(String(row.facts)) };
  }

  /** Keeps a prepared form; the oldest of more than four goes. */
  setPrepared(
    digest: string,
    key: string,
    module: Uint8Array,
    facts: unknown,
    nowMs: number = Date.now(),
  ): void {
    guarded("keeping the prepared module", () => {
      this.#checkKnown(digest);
      replaceFile(this.#preparedFile(digest, key), module);
      const old = transaction(this.#db, () => {
        this.#db.prepare("INSERT OR REPLACE INTO prepared VALUES (?, ?, ?, ?, ?)")
          .run(digest, key, sha256(module), JSON.stringify(facts), nowMs);
        return this.#db.prepare(`
          DELETE FROM prepared WHERE digest = ?1 AND key NOT IN (
            SELECT key FROM prepared WHERE digest = ?1 ORDER BY created_ms DESC, rowid DESC LIMIT ?2
          ) RETURNING key
        `).all(digest, PREPARED_MAX_COUNT);
      });
      for (const row of old) removeTree(this.#preparedFile(digest, String(row.key)));
    });
  }

  #checkKnown(digest: string): void {
    if (this.#db.prepare("SELECT 1 FROM images WHERE digest = ?").get(digest)) return;
    throw storeError("image-not-found", `there is no image with the digest ${digest}`);
  }

  #preparedFile(digest: string, key: string): string {
    if (!/^[A-Za-z0-9._-]{1,64}$/.test(key)) throw new TypeError(`"${key}" cannot name a prepared module`);
    return join(this.folder, digest, `prepared-${key}.wasm`);
  }
}

/** Moves an asset to its place and forces it to the disk; the folders on the way there are added to `folders`. */
async function placeAsset(asset: Asset, root: string, folders: Set<string>): Promise<void> {
  const target = join(root, asset.path);
  for (let folder = dirname(target); !folders.has(folder); folder = dirname(folder)) folders.add(folder);
  makeFolder(dirname(target));
  await moveFile(asset.file, target);
  await syncFile(target);
}

/** A file's content when it has the digest that it should have. */
export async function readChecked(
  file: string,
  digest: string,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    const bytes = Deno.readFileSync(file);
    return await digestOf(bytes) === digest ? bytes : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** The columns are the members; JSON where a member is more than text or a number. */
function toRecord(row: Row): ImageRecord {
  return {
    ...row,
    repoTags: [`${row.name}:${row.version}`, "runtime:wasm"],
    manifest: JSON.parse(String(row.manifest)),
    facts: row.facts === null ? null : JSON.parse(String(row.facts)),
  } as unknown as ImageRecord;
}
