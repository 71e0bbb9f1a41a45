/**
 * The one way to what a host that only serves does without. The addresses are computed on purpose: what is imported by
 * a literal is in Deno's graph of modules from the start, with all that it imports and what the npm registry says of the
 * packages. That takes 6 MiB of every host; RATIONALE.md says what it costs where a host may read little.
 */
import { BerthError } from "./error.ts";

/** Loads what only management needs. Throws `management-unreadable`. */
export async function loadManagement(): Promise<typeof import("./management.ts")> {
  return await readable(() => import(new URL("./management.ts", import.meta.url).href));
}

/** Loads the routes that tell of the host. Throws `management-unreadable`. */
export async function loadApp(): Promise<typeof import("./server/app.ts")> {
  return await readable(() => import(new URL("./server/app.ts", import.meta.url).href));
}

/** Loads the library of tokens. Throws `management-unreadable`. */
export async function loadJose(): Promise<typeof import("./auth/jose.ts")> {
  return await readable(() => import(new URL("./auth/jose.ts", import.meta.url).href));
}

/** Loads the library of discovery. Throws `management-unreadable`. */
export async function loadMulticast(): Promise<typeof import("./discovery/multicast.ts")> {
  return await readable(() => import(new URL("./discovery/multicast.ts", import.meta.url).href));
}

async function readable<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if (mayLoadLater()) throw error;
    throw new BerthError(
      "management-unreadable",
      "tried to load a part of Berth, and Deno was started without the permission to read Berth's own files",
      {},
      error instanceof Error ? error.message : String(error),
    );
  }
}

/** Whether all of it can be loaded when it is wanted; else that is to be tried while the host is opened. */
export function mayLoadLater(): boolean {
  const folder = new URL("./", import.meta.url);
  if (folder.protocol === "file:") {
    return Deno.permissions.querySync({ name: "read", path: folder }).state === "granted";
  }
  if (!/^https?:$/.test(folder.protocol)) return true;
  return Deno.permissions.querySync({ name: "import", host: folder.host }).state === "granted";
}
