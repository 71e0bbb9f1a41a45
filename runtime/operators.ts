/** Who manages a host: callers, their keys, and the record of what they did. */
import type { AuditRecord } from "./audit.ts";
import { createKey, keyHash, type KeyRecord, type KeyStore, removeKey } from "./auth/keys.ts";
import type { Authenticator, Caller, Scope } from "./caller.ts";
import { BerthError } from "./error.ts";
import { guarded } from "./store/errors.ts";
import type { AuditEntry, Store } from "./store/store.ts";

/** A host's own keys: where they are kept, and the file that holds the first one. */
export interface Keyring {
  readonly store: KeyStore;
  readonly firstKeyFile: string;
}

/** A key in a list; its text cannot be had again. */
export type KeyInfo = Omit<KeyRecord, "hash">;

/** The operators of a host. */
export class Operators {
  /**
   * @param keyring `null` where the embedding application proves callers by itself
   * @param report told when the audit log cannot be written: a full disk must not stop management
   */
  constructor(
    private readonly authenticator: Authenticator,
    private readonly keyring: Keyring | null,
    private readonly store: Store,
    private readonly report: (error: unknown) => void,
  ) {}

  /** Proves who calls; throws a `BerthError` (401, 403, 429). */
  authenticate(headers: Headers, remoteAddress: string): Promise<Caller> {
    return this.authenticator.authenticate(headers, remoteAddress);
  }

  /** The keys, without their texts. Throws `keys-elsewhere`. */
  keys(): KeyInfo[] {
    return this.#keyring().store.list().map(infoOf);
  }

  /** Makes a key and gives its text, this once. Throws `key-invalid`, `keys-elsewhere`. */
  createKey(name: string, scopes: readonly Scope[]): { readonly key: string; readonly info: KeyInfo } {
    const { store } = this.#keyring();
    const key = guarded("keeping the key", () => createKey(store, name, scopes));
    const record = store.list().find((known) => known.name === name);
    if (!record) throw new Error(`the key ${name} is not there after it was made`);
    return { key, info: infoOf(record) };
  }

  /** Forgets a key; the file with the first one goes with it. Throws `key-unknown`, `key-last`, `keys-elsewhere`. */
  async removeKey(name: string): Promise<KeyInfo> {
    const { store, firstKeyFile } = this.#keyring();
    const record = store.list().find((known) => known.name === name);
    guarded("removing the key", () => removeKey(store, name));
    if (!record) throw new Error("removing an unknown key did not throw");
    const inFile = await Deno.readTextFile(firstKeyFile).then((text) => text.trim(), () => "");
    if (keyHash(inFile) === record.hash) await Deno.remove(firstKeyFile);
    return infoOf(record);
  }

  #keyring(): Keyring {
    if (this.keyring) return this.keyring;
    throw new BerthError("keys-elsewhere", "this host has no keys of its own");
  }

  /** Notes a management action. */
  note(record: AuditRecord): void {
    try {
      this.store.audit.append(record);
    } catch (error) {
      this.report(error);
    }
  }

  /** Actions, the latest first; see `AuditLog.list`. */
  actions(page: { readonly limit?: number; readonly before?: number }): AuditEntry[] {
    return this.store.audit.list(page);
  }
}

const infoOf = ({ name, scopes, createdMs }: KeyRecord): KeyInfo => ({ name, scopes, createdMs });
