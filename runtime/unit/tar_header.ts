/**
 * One 512-byte header of a tar archive, read strictly: POSIX.1-2017 pax "ustar Interchange Format", and what GNU
 * tar and the tar before both write. Where two readers could understand a field differently it is refused.
 */
import { shown, unitError } from "./errors.ts";

/** The size of a header, and the multiple to which every body is padded. */
export const BLOCK_BYTES = 512;

/** A header as it stands; names are not yet checked as paths. */
export interface TarHeader {
  readonly name: string;
  readonly size: number;
  /** The type flag: `0` a file, `5` a folder, `x` PAX records … */
  readonly type: string;
}

const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Whether a block holds only zeros: two of them end an archive. */
export function isZeroBlock(block: Uint8Array): boolean {
  return block.every((byte) => byte === 0);
}

/** Reads a header; throws `tar-malformed` (`tar-not-tar` for the first block of an archive). */
export function readHeader(block: Uint8Array, first: boolean): TarHeader {
  if (!checksumHolds(block)) {
    if (first) throw unitError("tar-not-tar", "the upload does not begin with a tar header");
    throw unitError("tar-malformed", "a header's checksum is wrong: the archive is damaged or cut together");
  }
  const name = readName(block);
  const flag = block[156] ?? 0;
  const type = flag === 0 ? "0" : String.fromCharCode(flag);
  return { name, size: readSize(block, name), type };
}

function readName(block: Uint8Array): string {
  const name = field(block, 0, 100);
  const posix = block[262] === 0 && String.fromCharCode(...block.subarray(257, 262)) === "ustar";
  const prefix = posix ? field(block, 345, 155) : "";
  return prefix === "" ? name : `${prefix}/${name}`;
}

/** Text up to the first NUL or the end of the field. */
function field(block: Uint8Array, offset: number, length: number): string {
  const bytes = block.subarray(offset, offset + length);
  const end = bytes.indexOf(0);
  return decodeName(end < 0 ? bytes : bytes.subarray(0, end));
}

/** UTF-8 or an error: a name that is read differently by another program must not pass. */
export function decodeName(bytes: Uint8Array): string {
  try {
    return text.decode(bytes);
  } catch {
    throw unitError("tar-malformed", "an entry's name is not UTF-8");
  }
}

function readSize(block: Uint8Array, name: string): number {
  const bytes = block.subarray(124, 136);
  const size = (bytes[0] ?? 0) >= 0x80 ? binaryNumber(bytes) : octalNumber(bytes);
  if (size !== undefined) return size;
  throw unitError("tar-malformed", `entry ${shown(name)}: its size is not a number from 0 to 2^53`, {
    entry: name,
  });
}

/** GNU's base-256: the first byte is 0x80 for a positive number, 0xff for a negative one, which no size is. */
function binaryNumber(bytes: Uint8Array): number | undefined {
  if (bytes[0] !== 0x80) return undefined;
  const value = bytes.subarray(1).reduce((sum, byte) => sum * 256 + byte, 0);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** Octal digits, spaces before them, NULs or spaces after them. */
function octalNumber(bytes: Uint8Array): number | undefined {
  const match = /^ *([0-7]*)[\0 ]*$/.exec(String.fromCharCode(...bytes));
  return match ? parseInt(match[1] || "0", 8) : undefined;
}

/** The sum of all bytes, the checksum's own taken as spaces. */
function checksumHolds(block: Uint8Array): boolean {
  const stored = octalNumber(block.subarray(148, 156));
  let sum = 8 * 0x20;
  for (let at = 0; at < BLOCK_BYTES; at++) if (at < 148 || at >= 156) sum += block[at] ?? 0;
  return stored === sum;
}
