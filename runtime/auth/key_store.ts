/** Where keys are kept: in memory, for tests and embedding, and in a JSON file. */
import { BerthError } from "../error.ts";
import { type KeyRecord, type KeyStore, SCOPES } from "./keys.ts";

/** Keys that end with the process. */
export class MemoryKeyStore implements KeyStore {
  #records: readonly KeyRecord[] = [];

  list(): readonly KeyRecord[] {
    return this.#records;
  }

  add(record: KeyRecord): void {
    this.#records = [...this.#records, record];
  }

  remove(name: string): void {
    this.#records = this.#records.filter((record) => record.name !== name);
  }
}

/** Keys in a JSON file that only its owner may read; a change replaces the file whole, or not at all. */
export class FileKeyStore implements KeyStore {
  readonly #file: string;
  #records: readonly KeyRecord[];

  /**
   * Reads the file; without one there are no keys.
   *
   * @throws {BerthError} `keys-damaged`
   */
  constructor(file: string) {
    this.#file = file;
    this.#records = readRecords(file);
  }

  list(): readonly KeyRecord[] {
    return this.#records;
  }

  add(record: KeyRecord): void {
    this.#replace([...this.#records, record]);
  }

  remove(name: string): void {
    this.#replace(this.#records.filter((record) => record.name !== name));
  }

  #replace(records: readonly KeyRecord[]): void {
    const next = `${this.#file}.next`;
    try {
      Deno.removeSync(next);
    } catch {
      // None was left by a crash.
    }
    const file = Deno.openSync(next, { write: true, createNew: true, mode: 0o600 });
    try {
      const bytes = new TextEncoder().encode(JSON.stringify({ keys: records }, null, 2) + "\n");
      for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
      file.syncSync();
    } finally {
      file.close();
    }
    Deno.renameSync(next, this.#file);
    this.#records = records;
  }
}

function readRecords(file: string): readonly KeyRecord[] {
  let text: string;
  try {
    text = Deno.readTextFileSync(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
  try {
    const { keys } = JSON.parse(text) as { keys: unknown };
    if (Array.isArray(keys) && keys.every(isRecord)) return keys;
  } catch {
    // The same as a list that is not one.
  }
  throw new BerthError("keys-damaged", "cannot read the list of keys: it is damaged", {}, file);
}

function isRecord(value: unknown): value is KeyRecord {
  const record = value as Partial<Record<keyof KeyRecord, unknown>> | null;
  return typeof record === "object" && record !== null && typeof record.name === "string" &&
    typeof record.hash === "string" && /^[0-9a-f]{64}$/.test(record.hash) &&
    typeof record.createdMs === "number" && Array.isArray(record.scopes) &&
    record.scopes.every((scope) => SCOPES.includes(scope));
}
