/**
 * API keys: 256 random bits, shown once, kept as a hash, with a name and scopes.
 *
 * Plain SHA-256 is enough for the hash: a slow one makes guessing dear where secrets can be guessed, and nobody
 * guesses 256 random bits.
 */
import { Buffer } from "node:buffer";
import type { Scope } from "../caller.ts";
import { BerthError } from "../error.ts";
import { nodePart, sha256 } from "../node_lazily.ts";

/** A key as it is kept. */
export interface KeyRecord {
  /** What it is called, in lists and in the audit log. */
  readonly name: string;
  /** SHA-256 of the key's text, in hex. */
  readonly hash: string;
  readonly scopes: readonly Scope[];
  /** ms since 1970. */
  readonly createdMs: number;
}

/** Where keys are kept. Calls return when the change is durable. */
export interface KeyStore {
  list(): readonly KeyRecord[];
  /** The name is new. */
  add(record: KeyRecord): void;
  /** The name is there. */
  remove(name: string): void;
}

/** Every scope, each within the ones after it. */
export const SCOPES: readonly Scope[] = ["read", "deploy", "admin"];

/** So that one who finds it, a scanner of repositories too, knows what it is. */
const KEY_PREFIX = "bk_";
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const KEYS_MAX = 256;
/** A key that an operator wrote into the file by hand: long enough not to be guessed, one word. */
const OWN_KEY = /^[A-Za-z0-9_+/=-]{32,256}$/;

/** The hash that is kept of a key. */
export function keyHash(key: string): string {
  return sha256(key);
}

/** A new key's text. */
export function newKeyText(): string {
  return KEY_PREFIX + Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64url");
}

/** Whether a name may name a key or a client: letters, digits, dots, hyphens, underscores. */
export function isName(name: string): boolean {
  return NAME.test(name);
}

/** The scopes that a scope stands for: `deploy` may read, `admin` may do everything. */
export function scopesWithin(scopes: readonly Scope[]): readonly Scope[] {
  const highest = Math.max(...scopes.map((scope) => SCOPES.indexOf(scope)));
  return SCOPES.slice(0, highest + 1);
}

/**
 * Makes a key and keeps its hash.
 *
 * @returns the key's text, which cannot be had again
 * @throws {BerthError} `key-invalid` for a bad or taken name, no scope, or too many keys
 */
export function createKey(
  store: KeyStore,
  name: string,
  scopes: readonly Scope[],
  nowMs: number = Date.now(),
): string {
  const key = newKeyText();
  addKey(store, key, name, scopes, nowMs);
  return key;
}

function addKey(store: KeyStore, key: string, name: string, scopes: readonly Scope[], nowMs: number): void {
  const keys = store.list();
  if (!isName(name)) {
    throw new BerthError("key-invalid", `${JSON.stringify(name)} cannot name a key`, { name });
  }
  if (keys.some((record) => record.name === name)) {
    throw new BerthError("key-invalid", `a key named ${name} is there already`, { name });
  }
  if (scopes.length === 0 || !scopes.every((scope) => SCOPES.includes(scope))) {
    throw new BerthError("key-invalid", `a key needs one of the scopes ${SCOPES.join(", ")}`, { name });
  }
  if (keys.length >= KEYS_MAX) {
    throw new BerthError("key-invalid", `there are ${KEYS_MAX} keys already`, { name });
  }
  store.add({ name, hash: keyHash(key), scopes: [...new Set(scopes)], createdMs: nowMs });
}

/**
 * Forgets a key.
 *
 * @throws {BerthError} `key-unknown`; `key-last` for the last one with the scope admin
 */
export function removeKey(store: KeyStore, name: string): void {
  const keys = store.list();
  const found = keys.find((record) => record.name === name);
  if (!found) throw new BerthError("key-unknown", `there is no key named ${JSON.stringify(name)}`, { name });
  const admins = keys.filter((record) => record.scopes.includes("admin"));
  if (admins.length === 1 && admins[0] === found) {
    throw new BerthError("key-last", `${name} is the last key with the scope admin`, { name });
  }
  store.remove(name);
}

/** The key with this text. Takes the same time wherever and whether it is found. */
export function findKey(store: KeyStore, key: string): KeyRecord | null {
  const { createHash, timingSafeEqual } = nodePart("node:crypto");
  const given = createHash("sha256").update(key).digest();
  let found: KeyRecord | null = null;
  for (const record of store.list()) {
    const kept = Buffer.from(record.hash, "hex");
    if (kept.length === given.length && timingSafeEqual(kept, given)) found = record;
  }
  return found;
}

/**
 * Sees to it that there is a key: a host without one makes it and writes it to `file`, for its owner only. A key
 * that the file holds already is taken over, but only while there is no other: one that was removed stays so.
 *
 * @throws {BerthError} `key-invalid` when the file holds something else than a key
 */
export async function ensureFirstKey(
  store: KeyStore,
  file: string,
  nowMs: number = Date.now(),
): Promise<void> {
  if (store.list().length > 0) return;
  const there = await readKeyFile(file);
  const key = there ?? newKeyText();
  // The file first: after a crash between the two the key is taken over from it.
  if (there === null) await Deno.writeTextFile(file, key + "\n", { mode: 0o600, createNew: true });
  addKey(store, key, "first", ["admin"], nowMs);
}

async function readKeyFile(file: string): Promise<string | null> {
  let text: string;
  try {
    text = (await Deno.readTextFile(file)).trim();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
  if (text === "") {
    // A crash between making the file and writing to it leaves it empty.
    await Deno.remove(file);
    return null;
  }
  if (OWN_KEY.test(text)) return text;
  throw new BerthError("key-invalid", "the file of the first key does not hold a key", {}, file);
}
