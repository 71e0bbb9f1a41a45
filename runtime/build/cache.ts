/** What was compiled before, by the fingerprint of what it was made of. Losing it costs time and nothing else. */
import { join } from "@std/path";

/** Entries of one kind beyond which the oldest ones go. */
const ENTRIES_MAX_COUNT = 256;
/** Precompiled headers take 16 MB each. */
const LARGE_ENTRIES_MAX_COUNT = 4;

/** A folder of things that can be made again. */
export class Cache {
  constructor(readonly folder: string) {}

  /** What was kept under this name, or `undefined`. */
  async get(kind: CacheKind, key: string): Promise<Uint8Array | undefined> {
    const path = join(this.folder, kind, key);
    try {
      const bytes = await Deno.readFile(path);
      const now = new Date();
      await Deno.utime(path, now, now); // so that what is used is not what is thrown away
      return bytes;
    } catch {
      return undefined; // absent or unreadable: it is made again
    }
  }

  /** Keeps bytes; a cache that cannot be written to is no error. */
  async put(kind: CacheKind, key: string, bytes: Uint8Array): Promise<void> {
    const folder = join(this.folder, kind);
    const temporary = join(folder, `.${key}.${crypto.randomUUID()}`);
    try {
      await Deno.mkdir(folder, { recursive: true });
      await Deno.writeFile(temporary, bytes);
      await Deno.rename(temporary, join(folder, key)); // whole or not at all, also with two builds at once
      await prune(folder, kind === "header" ? LARGE_ENTRIES_MAX_COUNT : ENTRIES_MAX_COUNT);
    } catch {
      await Deno.remove(temporary).catch(() => {});
    }
  }

  /** Throws everything away. */
  async clear(): Promise<void> {
    for (const kind of KINDS) {
      await Deno.remove(join(this.folder, kind), { recursive: true }).catch(() => {});
    }
  }
}

const KINDS = ["header", "module", "object", "output"] as const;

/** What is kept: precompiled headers, modules, objects of single sources, and what compilers said about them. */
export type CacheKind = typeof KINDS[number];

async function prune(folder: string, entriesMaxCount: number): Promise<void> {
  const entries: { path: string; usedMs: number }[] = [];
  for await (const entry of Deno.readDir(folder)) {
    const path = join(folder, entry.name);
    const info = await Deno.stat(path).catch(() => undefined);
    if (info) entries.push({ path, usedMs: info.mtime?.getTime() ?? 0 });
  }
  entries.sort((a, b) => b.usedMs - a.usedMs);
  for (const entry of entries.slice(entriesMaxCount)) await Deno.remove(entry.path).catch(() => {});
}

/** The cache of this user: `BERTH_CACHE`, else where the system keeps such things. */
export function userCacheFolder(env: (name: string) => string | undefined, os: string): string {
  const own = env("BERTH_CACHE");
  if (own) return own;
  const home = env("HOME") ?? env("USERPROFILE") ?? ".";
  if (os === "darwin") return join(home, "Library", "Caches", "berth");
  if (os === "windows") return join(env("LOCALAPPDATA") ?? home, "berth", "cache");
  return join(env("XDG_CACHE_HOME") ?? join(home, ".cache"), "berth");
}
