/** Secrets of services: a file beside the database that only the host's user may read, written whole or not at all. */
import { guarded, storeError } from "./errors.ts";
import { replaceFile } from "./files.ts";

/** A secret without its value. */
export interface SecretInfo {
  readonly name: string;
  /** When it was set (ms since 1970). */
  readonly setMs: number;
}

interface Kept {
  readonly value: string;
  readonly setMs: number;
}

/** By service id, then by name. */
type Table = ReadonlyMap<string, ReadonlyMap<string, Kept>>;

/** Secrets of one service; as many as a grant can name. */
const NAMES_MAX_COUNT = 64;
/** Services with secrets; the file is read whole. */
const SERVICES_MAX_COUNT = 1_000;

/** The secrets of a host. Synchronous: what returned is on the disk. Every method throws `secrets-damaged`. */
export class SecretStore {
  /** @param file made when the first one is set */
  constructor(private readonly file: string, private readonly nowMs: () => number) {}

  /** What a service has, without the values, by name. */
  list(serviceId: string): SecretInfo[] {
    return [...this.#read().get(serviceId) ?? []]
      .map(([name, { setMs }]) => ({ name, setMs }))
      .sort((a, b) => a.name < b.name ? -1 : 1);
  }

  /** The values of those of these names that are set. */
  values(serviceId: string, names: readonly string[]): Record<string, string> {
    if (names.length === 0) return {}; // most services: their start must not hang on this file
    const kept = this.#read().get(serviceId);
    return Object.fromEntries(names.flatMap((name) => {
      const secret = kept?.get(name);
      return secret ? [[name, secret.value]] : [];
    }));
  }

  /** Sets one, in place of an earlier value. Throws `secrets-full`. */
  set(serviceId: string, name: string, value: string): SecretInfo {
    const table = this.#read();
    const kept = new Map(table.get(serviceId));
    const setMs = this.nowMs();
    kept.set(name, { value, setMs });
    if (kept.size > NAMES_MAX_COUNT) {
      throw storeError("secrets-full", `${serviceId} has ${NAMES_MAX_COUNT} secrets already`);
    }
    if (!table.has(serviceId) && table.size >= SERVICES_MAX_COUNT) {
      throw storeError("secrets-full", `${SERVICES_MAX_COUNT} services have secrets already`);
    }
    this.#write(new Map(table).set(serviceId, kept));
    return { name, setMs };
  }

  /** Forgets one; gives whether there was one. */
  remove(serviceId: string, name: string): boolean {
    const table = this.#read();
    const kept = new Map(table.get(serviceId));
    if (!kept.delete(name)) return false;
    const next = new Map(table);
    if (kept.size > 0) next.set(serviceId, kept);
    else next.delete(serviceId);
    this.#write(next);
    return true;
  }

  /** Forgets all of a service. */
  forget(serviceId: string): void {
    const table = this.#read();
    if (!table.has(serviceId)) return;
    const next = new Map(table);
    next.delete(serviceId);
    this.#write(next);
  }

  #read(): Table {
    let text: string;
    try {
      text = Deno.readTextFileSync(this.file);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return new Map();
      throw error;
    }
    try {
      return tableOf(JSON.parse(text));
    } catch {
      // The parser's own words would hold a piece of the file.
      throw storeError("secrets-damaged", "the file of secrets cannot be read: it is damaged");
    }
  }

  #write(table: Table): void {
    const services = Object.fromEntries(
      [...table].map(([id, kept]) => [id, Object.fromEntries(kept)]),
    );
    const bytes = new TextEncoder().encode(JSON.stringify({ services }, null, 2) + "\n");
    guarded("keeping the secret", () => replaceFile(this.file, bytes));
  }
}

function tableOf(value: unknown): Table {
  const table = new Map<string, Map<string, Kept>>();
  for (const [id, secrets] of entriesOf((value as { services?: unknown }).services)) {
    const kept = new Map<string, Kept>();
    for (const [name, secret] of entriesOf(secrets)) {
      const { value, setMs } = secret as Partial<Kept>;
      if (typeof value !== "string" || typeof setMs !== "number") throw new TypeError("no secret");
      kept.set(name, { value, setMs });
    }
    table.set(id, kept);
  }
  return table;
}

function entriesOf(value: unknown): [string, unknown][] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new TypeError("no object");
  return Object.entries(value);
}
