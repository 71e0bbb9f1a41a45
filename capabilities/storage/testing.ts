/** What the tests of storage share. */
import type { OpenContext, ServicePlace } from "../capability.ts";
import { CAPABILITY_LIMITS, type CapabilityLimits } from "../limits.ts";
import { limitDefaults } from "../limit.ts";
import { openStorage } from "./open.ts";
import type { Storage, StorageGrant } from "./storage.ts";

/** Fast enough for tests; what a crash of the process leaves is the same. */
export const QUICK: StorageGrant = { durability: "process-crash" };

/** A context whose storage lies in `folder`. */
export function contextIn(folder: string, limits: Partial<CapabilityLimits> = {}): OpenContext {
  const place: ServicePlace = {
    privateFolder: `${folder}/private`,
    storageFile: `${folder}/storage.db`,
    assetsFolder: null,
  };
  return { place, limits: { ...limitDefaults(CAPABILITY_LIMITS), ...limits }, config: {}, log: () => {} };
}

/** A clock that is set by hand. */
export interface FakeClock {
  nowMs: number;
}

/** Opens a storage in a new folder for `body` and removes both. */
export async function withStorage(
  limits: Partial<CapabilityLimits>,
  body: (storage: Storage, folder: string, clock: FakeClock) => void | Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const clock = { nowMs: 1_000_000 };
  const storage = openStorage(QUICK, contextIn(folder, limits), () => clock.nowMs);
  try {
    await body(storage, folder, clock);
  } finally {
    storage.close();
    await Deno.remove(folder, { recursive: true });
  }
}
