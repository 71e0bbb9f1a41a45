/** Errors of archives, manifests, modules and images: the deployment unit's part of the closed union. */
import { BerthError, type ErrorTable } from "../error.ts";

/** The table; see {@link ErrorTable}. */
export const UNIT_ERRORS = {
  "tar-empty": {
    status: 400,
    title: "The upload is empty",
    fix: "Send the .tar that `berth pack` made; check the path given to curl after the @.",
  },
  "tar-not-tar": {
    status: 400,
    title: "The upload is not a tar archive",
    fix: "Pack the service with `berth pack`, or with tar; plain, gzip and zstd are accepted.",
  },
  "tar-truncated": {
    status: 400,
    title: "The archive ends too early",
    fix: "Send the file again; compare its size on both sides.",
  },
  "tar-compression-invalid": {
    status: 400,
    title: "The archive cannot be decompressed",
    fix: "Pack it anew; plain, gzip and zstd are accepted.",
  },
  "tar-malformed": {
    status: 400,
    title: "The archive is malformed",
    fix: "Pack the service with `berth pack`, or with a current tar.",
  },
  "tar-entry-refused": {
    status: 400,
    title: "The archive holds an entry that is not allowed",
    fix: "An image holds regular files with relative paths, each once: pack it without the entry named.",
  },
  "tar-too-large": {
    status: 413,
    title: "The archive is too large",
    fix: "Leave out what the service does not need, or have the operator raise tarMaxBytes.",
  },
  "tar-too-many-entries": {
    status: 413,
    title: "The archive has too many entries",
    fix: "Leave out what the service does not need, or have the operator raise tarEntriesMaxCount.",
  },
  "image-unknown": {
    status: 400,
    title: "The archive is not an image",
    fix:
      "Put berth.json at the top of the archive (`berth pack` does), or use a docker-save or OCI image that holds one wasm module.",
  },
  "image-invalid": {
    status: 400,
    title: "The image is not valid",
    fix: "Build the image again with the tool that made it.",
  },
  "manifest-invalid": {
    status: 400,
    title: "The manifest is not valid",
    fix: "Correct the keys named; runtime/unit/manifest.schema.json describes all of them.",
  },
  "module-missing": {
    status: 400,
    title: "The image holds no module",
    fix: "Name the .wasm of the archive in the manifest's key `module`.",
  },
  "module-too-large": {
    status: 413,
    title: "The module is too large",
    fix: "Build it with -Os and strip it, or have the operator raise moduleMaxBytes.",
  },
  "module-not-wasm": {
    status: 400,
    title: "The module is not WebAssembly",
    fix: "Compile the service to wasm32-wasip1; a module begins with the bytes 00 61 73 6d 01 00 00 00.",
  },
  "module-is-component": {
    status: 400,
    title: "The module is a component",
    fix:
      "Berth runs core modules: compile for wasm32-wasip1 rather than wasip2, or take the core module out of the component.",
  },
  "module-invalid": {
    status: 400,
    title: "The module is not valid WebAssembly",
    fix: "Compile it again; use only features that current browsers have.",
  },
  "import-unknown": {
    status: 400,
    title: "The module imports what the host does not have",
    fix: "Link against one of the ABIs that Berth offers (WASI preview 1, the serverless ABI).",
  },
  "import-mismatch": {
    status: 400,
    title: "The module imports a function with another signature",
    fix: "Compile against the headers of the ABI version that Berth offers.",
  },
  "export-missing": {
    status: 400,
    title: "The module exports nothing that serves requests",
    fix:
      "Build the service with one of the SDKs, or as a WASI program with a main: each exports what its convention needs.",
  },
  "export-reserved": {
    status: 400,
    title: "The module exports a reserved name",
    fix: "Rename the export: names that begin with `berth:` belong to the host.",
  },
  "disk-full": {
    status: 507,
    title: "The device has no room left",
    fix: "Remove images or services that are not needed, or free space on the device, and try again.",
  },
} as const satisfies ErrorTable;

/** A code of this folder's table. */
export type UnitErrorCode = keyof typeof UNIT_ERRORS;

/** An error of the deployment unit. */
export type UnitError = BerthError<UnitErrorCode>;

/** Makes an error with a code of this folder's table; parameters as {@link BerthError}'s. */
export function unitError(
  code: UnitErrorCode,
  detail: string,
  data: Readonly<Record<string, unknown>> = {},
  internal = "",
): UnitError {
  return new BerthError<UnitErrorCode>(code, detail, data, internal);
}

/** The error for one entry of an archive: its name as far as it may be shown, and why it is refused. */
export function refuseEntry(entry: string, reason: string): UnitError {
  return unitError("tar-entry-refused", `entry ${shown(entry)}: ${reason}`, { entry: clean(entry), reason });
}

/** Text of an archive, in quotes, with nothing in it that could forge a log line, at most 200 characters. */
export function shown(text: string): string {
  return `"${clean(text)}"`;
}

function clean(text: string): string {
  const safe = text.slice(0, 200).replace(/[\p{Cc}\p{Cf}\u2028\u2029"\\]/gu, "?");
  return text.length > 200 ? `${safe}…` : safe;
}

/** Whether the disk, or the quota of the user, is full. */
export function isDiskFull(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return code === "ENOSPC" || code === "EDQUOT" || /os error (28|122)\b/.test(String(message));
}
