/** The one door for archives: whatever an upload holds comes through {@link spoolArchive}, or is refused. */
import { createHash } from "node:crypto";
import { join } from "@std/path";
import type { Budget } from "./budget.ts";
import type { ByteSource } from "./byte_reader.ts";
import { openArchive } from "./decompress.ts";
import { readTar, type TarEntry } from "./tar.ts";
import { writeAll } from "./write_all.ts";

/** A file of an archive, written to the spool folder under a number: no name of the archive touches the disk. */
export interface SpooledFile {
  /** Its path in the archive: relative, in one spelling. */
  readonly path: string;
  readonly size: number;
  /** Hexadecimal SHA-256 of its content. */
  readonly sha256: string;
  /** Where it lies. */
  readonly file: string;
}

/** Where files go while an image is read. */
export class Spool {
  #count = 0;

  constructor(readonly folder: string) {}

  /** A new file's place. */
  next(): string {
    return join(this.folder, String(this.#count++));
  }
}

/**
 * Reads an archive (tar, plain or compressed with gzip or zstd) to its end and writes its files to the spool.
 * Memory stays bounded whatever arrives. Throws the codes `tar-…`; the caller removes the spool.
 *
 * @param nested whether the archive lies inside one whose bytes were counted as they arrived
 */
export async function spoolArchive(
  source: ByteSource,
  spool: Spool,
  budget: Budget,
  nested = false,
): Promise<Map<string, SpooledFile>> {
  const reader = await openArchive(source, budget, !nested);
  try {
    const files = new Map<string, SpooledFile>();
    for await (const entry of readTar(reader, budget)) {
      files.set(entry.path, await spoolEntry(entry, spool.next()));
    }
    return files;
  } finally {
    await reader.close();
  }
}

/** So much is hashed and written in a few milliseconds. */
const PAUSE_BYTES = 4 << 20;

async function spoolEntry(entry: TarEntry, file: string): Promise<SpooledFile> {
  const hash = createHash("sha256");
  using handle = Deno.openSync(file, { write: true, createNew: true, mode: 0o600 });
  let sincePause = 0;
  for await (const part of entry.body()) {
    hash.update(part);
    writeAll(handle, part);
    sincePause += part.length;
    if (sincePause < PAUSE_BYTES) continue;
    // What comes from memory never waits by itself: requests of services get their turn here.
    await new Promise((resolve) => setTimeout(resolve));
    sincePause = 0;
  }
  return { path: entry.path, size: entry.size, sha256: hash.digest("hex"), file };
}
