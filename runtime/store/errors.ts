/** Errors of the durable state: the store's part of the closed union. */
import { BerthError, type ErrorTable } from "../error.ts";
import { isDiskFull, unitError } from "../unit/errors.ts";

/** The table; see {@link ErrorTable}. `disk-full` is in the unit's. */
export const STORE_ERRORS = {
  "image-not-found": {
    status: 404,
    title: "There is no such image",
    fix: "List the images, or upload the image first.",
  },
  "image-damaged": {
    status: 500,
    title: "The stored image is damaged",
    fix: "Upload the same image again: it replaces the damaged one.",
  },
  "image-in-use": {
    status: 409,
    title: "The image is in use",
    fix: "Remove the services that run from it first.",
  },
  "service-not-found": {
    status: 404,
    title: "There is no such service",
    fix: "List the services; the id is the client id, a dash and the name.",
  },
  "id-taken": {
    status: 409,
    title: "The id belongs to another client",
    fix:
      "Choose another name or client id: the two together, with a dash between, must be unique on the device.",
  },
  "path-taken": {
    status: 409,
    title: "The base path belongs to another service",
    fix: "Choose another base path, or remove the service that has it.",
  },
  "client-id-invalid": {
    status: 400,
    title: "The client id is not valid",
    fix: "Use 1 to 64 letters, digits, dashes, dots and underscores, beginning with a letter or digit.",
  },
  "store-locked": {
    status: 500,
    title: "The data folder is in use",
    fix: "Stop the other host that uses this data folder, or give this one another folder.",
  },
  "store-damaged": {
    status: 500,
    title: "The host's database is damaged",
    fix: "Restore host.db from a backup, or move it away to begin anew; services keep their own data.",
  },
  "store-newer": {
    status: 500,
    title: "The data folder was written by a newer Berth",
    fix: "Run that version or a newer one, or restore the backup made before it.",
  },
  "secrets-damaged": {
    status: 500,
    title: "The file of secrets is damaged",
    fix: "Restore secrets.json from a backup, or move it away and set the secrets again: berth secret set.",
  },
  "secrets-full": {
    status: 409,
    title: "There are too many secrets",
    fix: "Remove those that are not used any more: berth secret remove.",
  },
  "secret-unknown": {
    status: 404,
    title: "There is no such secret",
    fix: "`berth secret list NAME` shows those that are set.",
  },
  "secret-invalid": {
    status: 400,
    title: "The secret is not valid",
    fix: "Name it with letters, digits, _ . - and give it at most 64 KiB of text.",
  },
  "copy-damaged": {
    status: 409,
    title: "The copy is damaged",
    fix: "Use another copy; `berth ls` shows that the service goes on with what it has.",
  },
  "copy-unknown": {
    status: 404,
    title: "There is no such copy",
    fix: "Make one first: action backup with the same path.",
  },
  "storage-empty": {
    status: 409,
    title: "The service has stored nothing",
    fix: "There is nothing to copy yet.",
  },
  "backup-invalid": {
    status: 400,
    title: "The backup is not valid",
    fix: "Give a file that `berth backup` made, whole.",
  },
  "folder-in-use": {
    status: 409,
    title: "The data folder is not empty",
    fix: "Restore into a new folder with --data.",
  },
  "store-unwritable": {
    status: 500,
    title: "The data folder cannot be written",
    fix: "Check who owns the data folder, its permissions, and whether the disk is mounted read-only.",
  },
} as const satisfies ErrorTable;

/** A code of this folder's table. */
export type StoreErrorCode = keyof typeof STORE_ERRORS;

/** Makes an error with a code of this folder's table; parameters as {@link BerthError}'s. */
export function storeError(
  code: StoreErrorCode,
  detail: string,
  data: Readonly<Record<string, unknown>> = {},
  internal = "",
): BerthError<StoreErrorCode> {
  return new BerthError<StoreErrorCode>(code, detail, data, internal);
}

/** SQLite's and the system's errors by the text that they have: node:sqlite gives no result codes. */
const CAUSES: readonly [RegExp, StoreErrorCode, string][] = [
  [/database is locked/, "store-locked", "the data folder cannot be opened: another host uses it"],
  [/not a database|malformed|corrupt/, "store-damaged", "host.db cannot be read: its content is damaged"],
  [
    /readonly database|unable to open|Read-only file system|Permission denied|Not a directory|No such file.*: mkdir|File exists|EROFS|EACCES|NotCapable/i,
    "store-unwritable",
    "the data folder cannot be written",
  ],
];

/** Turns what SQLite or the file system threw into an error of the tables; anything else comes back as it is. */
export function translated(error: unknown, attempt: string): unknown {
  if (error instanceof BerthError || !(error instanceof Error)) return error;
  if (isDiskFull(error) || /disk is full/.test(error.message)) {
    return unitError("disk-full", `${attempt}: no space is left on the device`, {}, error.message);
  }
  const cause = CAUSES.find(([pattern]) => pattern.test(`${error.name} ${error.message}`));
  return cause ? storeError(cause[1], `${attempt}: ${cause[2]}`, {}, error.message) : error;
}

/** Runs something that touches the disk; its errors are {@link translated}. */
export function guarded<T>(attempt: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw translated(error, attempt);
  }
}
