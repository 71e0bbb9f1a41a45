/** PAX records (POSIX.1-2017, "pax Extended Header"): `LENGTH KEY=VALUE\n`, the length counting itself. */
import { refuseEntry, shown, unitError } from "./errors.ts";
import { decodeName } from "./tar_header.ts";

/** What the records before an entry say of it, as far as it is of use. */
export interface PaxRecords {
  readonly path?: string;
  readonly size?: number;
}

/** Reads the records of an `x` header, for `entry` in errors; a key that is not needed is left out. */
export function readPax(bytes: Uint8Array, entry: string): PaxRecords {
  const records = new Map<string, Uint8Array>();
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(0x20, at);
    const digits = space < 0 ? "" : String.fromCharCode(...bytes.subarray(at, Math.min(space, at + 9)));
    const length = /^[1-9]\d{0,7}$/.test(digits) ? Number(digits) : 0;
    const end = at + length;
    const equals = bytes.indexOf(0x3d, space);
    if (end <= space + 1 || end > bytes.length || bytes[end - 1] !== 0x0a || equals < 0 || equals >= end) {
      throw unitError("tar-malformed", `the PAX records before ${shown(entry)} are damaged`, { entry });
    }
    record(
      records,
      decodeName(bytes.subarray(space + 1, equals)),
      bytes.subarray(equals + 1, end - 1),
      entry,
    );
    at = end;
  }
  return interpret(records, entry);
}

/** Records of a `g` header hold for all that follow: nothing that names or measures an entry may be there. */
export function checkGlobalPax(bytes: Uint8Array): void {
  const found = readPax(bytes, "the rest of the archive");
  if (found.path !== undefined || found.size !== undefined) {
    throw refuseEntry("pax_global_header", "global PAX records give every entry the same path or size");
  }
}

/** Keeps what matters and refuses what would make this an entry of another kind. */
function record(records: Map<string, Uint8Array>, key: string, value: Uint8Array, entry: string): void {
  if (key.startsWith("GNU.sparse.")) throw refuseEntry(entry, "it is a sparse file");
  if (key === "linkpath") throw refuseEntry(entry, "it is a link");
  if (key !== "path" && key !== "size" && key !== "hdrcharset") return;
  // The value was cut at its length, so a NUL inside a path shows; a reader in C would stop there.
  if (value.includes(0)) throw refuseEntry(entry, `its PAX record "${key}" holds a NUL`);
  if (records.has(key)) throw refuseEntry(entry, `its PAX records give "${key}" twice`);
  records.set(key, value);
}

function interpret(records: ReadonlyMap<string, Uint8Array>, entry: string): PaxRecords {
  const path = records.get("path");
  const size = records.get("size");
  const charset = records.get("hdrcharset");
  if (charset && decodeName(charset) !== "ISO-IR 10646 2000 UTF-8") {
    throw refuseEntry(entry, "its PAX records are not in UTF-8");
  }
  return {
    ...(path ? { path: decodeName(path) } : {}),
    ...(size ? { size: paxSize(decodeName(size), entry) } : {}),
  };
}

function paxSize(digits: string, entry: string): number {
  const size = /^\d{1,16}$/.test(digits) ? Number(digits) : NaN;
  if (Number.isSafeInteger(size)) return size;
  throw unitError("tar-malformed", `entry ${shown(entry)}: its PAX size is not a number from 0 to 2^53`, {
    entry,
  });
}
