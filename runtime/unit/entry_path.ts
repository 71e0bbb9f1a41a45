/** The names that an archive may use: relative, plain, and the same file on every system. */
import { refuseEntry } from "./errors.ts";

const encoder = new TextEncoder();
const PATH_MAX_BYTES = 1024;
const NAME_MAX_BYTES = 255;
const DEPTH_MAX = 32;

/** Names that Windows gives to devices, with any extension. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/**
 * The path of an entry in its one spelling: `a/b/c`, no leading `./`, no trailing slash; "" for the top folder.
 * Throws `tar-entry-refused` for every other way to name a file.
 */
export function entryPath(name: string): string {
  const reason = badName(name);
  if (reason) throw refuseEntry(name, reason);
  const parts = name.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.length > DEPTH_MAX) throw refuseEntry(name, `it lies more than ${DEPTH_MAX} folders deep`);
  for (const part of parts) {
    const why = badPart(part);
    if (why) throw refuseEntry(name, why);
  }
  return parts.join("/");
}

function badName(name: string): string | undefined {
  if (name === "") return "it has no name";
  if (name.startsWith("/")) return "its path is absolute";
  if (encoder.encode(name).length > PATH_MAX_BYTES) return `its path is longer than ${PATH_MAX_BYTES} bytes`;
  if (/\p{Cc}/u.test(name)) return "its name holds a control character";
  if (name.includes("\\")) return "its name holds a backslash, which is a separator on some systems";
  if (name.includes(":")) return "its name holds a colon, which names a drive or a stream on some systems";
  return undefined;
}

function badPart(part: string): string | undefined {
  if (part === "..") return 'its path leaves the image with ".."';
  if (encoder.encode(part).length > NAME_MAX_BYTES) {
    return `a part of its path is longer than ${NAME_MAX_BYTES} bytes`;
  }
  if (/[. ]$/.test(part)) return "a part of its path ends in a dot or a space, which some systems drop";
  if (DEVICE.test(part)) return "a part of its path is the name of a device on some systems";
  return undefined;
}

/** What macOS puts into archives beside the files themselves; it is read over. */
export function isMacJunk(path: string): boolean {
  const parts = path.split("/");
  const last = parts[parts.length - 1] ?? "";
  return parts[0] === "__MACOSX" || last.startsWith("._") || last === ".DS_Store";
}

/** The spelling under which two names would be one file on a system that ignores case and composition. */
export function foldedPath(path: string): string {
  return path.normalize("NFC").toLowerCase();
}
