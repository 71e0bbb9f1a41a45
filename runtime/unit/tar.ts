/**
 * The reader of tar archives: a stream in, checked entries out, nothing held but the present header.
 *
 * It is Berth's own because an upload is hostile and a reader that corrects what it does not understand can be
 * made to see other entries than the next reader does (CVE-2025-62518). RATIONALE.md has the comparison.
 */
import type { Budget } from "./budget.ts";
import type { ByteReader } from "./byte_reader.ts";
import { entryPath, foldedPath, isMacJunk } from "./entry_path.ts";
import { refuseEntry, shown, unitError } from "./errors.ts";
import { BLOCK_BYTES, decodeName, isZeroBlock, readHeader, type TarHeader } from "./tar_header.ts";
import { checkGlobalPax, type PaxRecords, readPax } from "./tar_pax.ts";

/** A regular file of an archive. Its body is read before the next entry is asked for; what is left is skipped. */
export interface TarEntry {
  /** Relative, in one spelling, unique in its archive. */
  readonly path: string;
  readonly size: number;
  body(): AsyncGenerator<Uint8Array, void, undefined>;
}

/** Records and long names are held in memory; those of macOS carry extended attributes, so there is room. */
const META_MAX_BYTES = 1 << 20;

const REFUSED: Readonly<Record<string, string>> = {
  "1": "it is a hard link",
  "2": "it is a symbolic link",
  "3": "it is a character device",
  "4": "it is a block device",
  "6": "it is a fifo",
  "D": "it is a GNU directory dump",
  "K": "it is a link with a long target",
  "M": "it is a part of a file in several volumes",
  "S": "it is a sparse file",
  "V": "it is a volume label",
};

/** The files of an archive, in its order. Throws the codes `tar-…`. Folders and macOS junk are read over. */
export async function* readTar(
  reader: ByteReader,
  budget: Budget,
): AsyncGenerator<TarEntry, void, undefined> {
  const tree = new Tree();
  let first = true;
  for (;;) {
    const found = await nextEntry(reader, budget, first);
    if (!found) return await checkRest(reader);
    first = false;
    const path = entryPath(found.name);
    const isFolder = found.type === "5" || found.name.endsWith("/");
    if (isFolder && found.size > 0) throw refuseEntry(found.name, "it is a folder with contents of its own");
    if (isFolder) {
      tree.addFolder(path, found.name);
      continue;
    }
    if (path === "") throw refuseEntry(found.name, "it has no name");
    const body = new Body(reader, found);
    if (!isMacJunk(path)) {
      tree.addFile(path, found.name);
      yield { path, size: found.size, body: () => body.read() };
    }
    await body.skip();
  }
}

/** The next file or folder, its long name and size applied; `undefined` at the end mark. */
async function nextEntry(reader: ByteReader, budget: Budget, first: boolean): Promise<TarHeader | undefined> {
  let pax: PaxRecords | undefined;
  let longName: string | undefined;
  for (;;) {
    const block = await reader.read(BLOCK_BYTES);
    if (block.length < BLOCK_BYTES) throw truncated(first ? "its first header" : "its end mark");
    if (isZeroBlock(block)) {
      if (pax || longName) throw unitError("tar-malformed", "the archive ends after the records of an entry");
      await checkEndMark(reader);
      return undefined;
    }
    const header = readHeader(block, first);
    first = false;
    budget.entry();
    budget.announce(header.name.slice(0, 100), header.size);
    const reason = REFUSED[header.type];
    if (reason) throw refuseEntry(longName ?? pax?.path ?? header.name, reason);
    if (header.type === "0" || header.type === "5") return applied(header, pax, longName);
    const meta = await readMeta(reader, header);
    if (header.type === "g") checkGlobalPax(meta);
    else if (pax || longName) throw refuseEntry(header.name, "it gives the next entry a name or size twice");
    else if (header.type === "x") pax = readPax(meta, header.name);
    else longName = gnuName(meta);
  }
}

function applied(header: TarHeader, pax: PaxRecords | undefined, longName: string | undefined): TarHeader {
  const name = pax?.path ?? longName ?? header.name;
  if (pax?.size !== undefined && pax.size !== header.size) {
    // A reader that goes by the other of the two sees other entries from here on (CVE-2025-62518).
    throw refuseEntry(name, `its header says ${header.size} bytes, its PAX records say ${pax.size}`);
  }
  return { ...header, name };
}

async function readMeta(reader: ByteReader, header: TarHeader): Promise<Uint8Array> {
  if (!["x", "g", "L"].includes(header.type)) {
    throw refuseEntry(header.name, `it is of a kind that is not known (type ${JSON.stringify(header.type)})`);
  }
  if (header.size > META_MAX_BYTES) {
    throw refuseEntry(header.name, `its records are larger than ${META_MAX_BYTES} bytes`);
  }
  const padded = await reader.read(header.size + padding(header.size));
  if (padded.length < header.size + padding(header.size)) {
    throw truncated(`the records ${shown(header.name)}`);
  }
  return padded.subarray(0, header.size);
}

/** GNU's long name ends in one NUL; any other is a name cut short in the eyes of a reader in C. */
function gnuName(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  if (end >= 0 && end !== bytes.length - 1) throw refuseEntry("././@LongLink", "its long name holds a NUL");
  return decodeName(end < 0 ? bytes : bytes.subarray(0, end));
}

async function checkEndMark(reader: ByteReader): Promise<void> {
  const block = await reader.read(BLOCK_BYTES);
  if (block.length < BLOCK_BYTES) throw truncated("its end mark");
  if (!isZeroBlock(block)) throw unitError("tar-malformed", "entries follow a block of zeros");
}

/** After the end mark come only the zeros that fill a record: anything else is hidden from some reader. */
async function checkRest(reader: ByteReader): Promise<void> {
  for await (const piece of reader.rest()) {
    if (!isZeroBlock(piece)) throw unitError("tar-malformed", "data follows the end of the archive");
  }
}

function truncated(where: string): Error {
  return unitError("tar-truncated", `the archive ends before ${where} is complete`);
}

function padding(size: number): number {
  return -size & (BLOCK_BYTES - 1);
}

/** The bytes of one entry, read once. */
class Body {
  #left: number;
  #padding: number;

  constructor(readonly reader: ByteReader, readonly header: TarHeader) {
    this.#left = header.size;
    this.#padding = padding(header.size);
  }

  async *read(): AsyncGenerator<Uint8Array, void, undefined> {
    while (this.#left > 0) {
      const part = await this.reader.some(this.#left);
      if (!part) throw truncated(`entry ${shown(this.header.name)}`);
      this.#left -= part.length;
      yield part;
    }
  }

  /** Reads over what is left, and over the filling to the next block. */
  async skip(): Promise<void> {
    for await (const _ of this.read());
    while (this.#padding > 0) {
      const part = await this.reader.some(this.#padding);
      if (!part) throw truncated(`entry ${shown(this.header.name)}`);
      this.#padding -= part.length;
    }
  }
}

/** The names seen, so that no entry takes another's place. */
class Tree {
  readonly #files = new Set<string>();
  readonly #folders = new Map<string, string>();

  addFile(path: string, name: string): void {
    const folded = foldedPath(path);
    if (this.#files.has(folded)) throw refuseEntry(name, "an entry of this name came before (case aside)");
    if (this.#folders.has(folded)) throw refuseEntry(name, "it would replace a folder");
    this.#files.add(folded);
    const slash = path.lastIndexOf("/");
    if (slash > 0) this.addFolder(path.slice(0, slash), name);
  }

  addFolder(path: string, name: string): void {
    for (let end = path.length; end > 0; end = path.lastIndexOf("/", end - 1)) {
      const part = path.slice(0, end);
      const folded = foldedPath(part);
      if (this.#files.has(folded)) throw refuseEntry(name, "it would replace a file with a folder");
      const before = this.#folders.get(folded);
      if (before === part) return;
      if (before !== undefined) throw refuseEntry(name, "a folder of this name came before in another case");
      this.#folders.set(folded, part);
    }
  }
}
