/** Makes a data folder of a backup. */
import { LIMITS, type Limits } from "./limits.ts";
import { loadManagement } from "./management_door.ts";
import { openStore, type StoreProblem } from "./store/store.ts";
import { Budget } from "./unit/budget.ts";

/** A backup is the operator's own: it may be as large as what it is a backup of. */
const BACKUP_MAX_BYTES = 2 ** 40;
const BACKUP_ENTRIES_MAX_COUNT = 10_000_000;

/** What was restored. */
export interface Restored {
  /** Files that were unpacked. */
  readonly filesCount: number;
  /** Images whose content is not what its digest says. */
  readonly problems: readonly StoreProblem[];
}

/** Unpacks a backup into a new data folder and checks it. Throws `backup-invalid`, `folder-in-use`, `tar-…`. */
export async function restoreBackup(
  source: ReadableStream<Uint8Array>,
  dataFolder: string,
): Promise<Restored> {
  const limits: Limits = Object.fromEntries(
    Object.entries(LIMITS).map(([name, limit]) => [name, limit.default]),
  ) as Limits; // the table's own names
  const budget = new Budget({
    ...limits,
    tarMaxBytes: BACKUP_MAX_BYTES,
    tarEntriesMaxCount: BACKUP_ENTRIES_MAX_COUNT,
  });
  const { unpackBackup } = await loadManagement();
  const filesCount = await unpackBackup(source, dataFolder, budget);
  using store = await openStore(dataFolder);
  return { filesCount, problems: store.problems };
}
