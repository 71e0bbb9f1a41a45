/** The one file that the worker of a service with the `storage` capability needs. */
import type { PermissionPlan, ServicePlace } from "../capability.ts";
import type { StorageGrant } from "./storage.ts";

/** Deno checks the path that is opened; SQLite opens the -wal, -shm and -journal files beside it by itself. */
export function planStorage(_grant: StorageGrant, { storageFile }: ServicePlace): PermissionPlan {
  return { read: [storageFile], write: [storageFile], net: [] };
}
