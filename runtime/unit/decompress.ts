/** Undoes the compression of an archive, bounded: the output is counted as it comes and a bomb stops early. */
import { Readable, type Transform } from "node:stream";
import * as zlib from "node:zlib";
import type { Budget } from "./budget.ts";
import { ByteReader, type ByteSource, pieces } from "./byte_reader.ts";
import { unitError } from "./errors.ts";
import { BerthError } from "../error.ts";

/** Output comes in pieces of this size; the decompressor waits until one is taken. */
const CHUNK_BYTES = 64 << 10;

/** 32 MiB: what `zstd` up to level 21 uses; the frame may ask for 2 GiB, which a small device does not have. */
const ZSTD_WINDOW_LOG_MAX = 25;

/** What the first bytes say, most telling first. `make` is absent for what is recognised but not accepted. */
const FORMATS: readonly { magic: readonly number[]; name: string; make?: () => Transform }[] = [
  { magic: [0x1f, 0x8b], name: "gzip", make: () => zlib.createGunzip({ chunkSize: CHUNK_BYTES }) },
  {
    magic: [0x28, 0xb5, 0x2f, 0xfd],
    name: "zstd",
    make: () =>
      zlib.createZstdDecompress({
        chunkSize: CHUNK_BYTES,
        params: { [zlib.constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG_MAX },
      }),
  },
  { magic: [0x00, 0x61, 0x73, 0x6d], name: "a bare wasm module" },
  { magic: [0x50, 0x4b], name: "a zip archive" },
  { magic: [0x42, 0x5a, 0x68], name: "compressed with bzip2" },
  { magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a], name: "compressed with xz" },
  { magic: [0x37, 0x7a, 0xbc, 0xaf], name: "a 7-zip archive" },
  { magic: [0x7f, 0x45, 0x4c, 0x46], name: "an ELF binary" },
  { magic: [0x7b], name: "JSON text" },
];

/**
 * A reader over the plain tar. `received` says whether the source is an upload, whose bytes count as received;
 * an archive inside another does not.
 */
export async function openArchive(
  source: ByteSource,
  budget: Budget,
  received: boolean,
): Promise<ByteReader> {
  const raw = new ByteReader(received ? counted(source, budget) : pieces(source));
  try {
    const head = await raw.read(8);
    if (head.length === 0) throw unitError("tar-empty", "no bytes arrived where an archive was expected");
    const format = FORMATS.find(({ magic }) => magic.every((byte, index) => head[index] === byte));
    raw.unread(head.slice());
    if (format && !format.make) {
      throw unitError("tar-not-tar", `the upload is ${format.name}, not a tar archive`, {
        found: format.name,
      });
    }
    if (!format?.make) return new ByteReader(unpacked(raw, budget));
    return new ByteReader(decompressed(raw, format.make(), format.name, budget));
  } catch (error) {
    await raw.close();
    throw error;
  }
}

async function* counted(source: ByteSource, budget: Budget): AsyncGenerator<Uint8Array, void, undefined> {
  const received = pieces(source);
  try {
    for (let next = await pull(received); next !== undefined; next = await pull(received)) {
      budget.receive(next.length);
      yield next;
    }
  } finally {
    await received.return();
  }
}

/** What the source throws is the client's doing: it left, or its connection broke. */
async function pull(source: AsyncGenerator<Uint8Array, void, undefined>): Promise<Uint8Array | undefined> {
  try {
    return (await source.next()).value ?? undefined;
  } catch (error) {
    if (error instanceof BerthError) throw error;
    throw unitError("tar-truncated", "the upload broke off", {}, String(error));
  }
}

async function* unpacked(raw: ByteReader, budget: Budget): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const piece of raw.rest()) {
    budget.unpack(piece.length);
    yield piece;
  }
}

async function* decompressed(
  raw: ByteReader,
  transform: Transform,
  name: string,
  budget: Budget,
): AsyncGenerator<Uint8Array, void, undefined> {
  const input = Readable.from(raw.rest(), { objectMode: false });
  input.on("error", (error) => transform.destroy(error));
  try {
    for await (const chunk of input.pipe(transform) as AsyncIterable<Uint8Array>) {
      budget.unpack(chunk.length);
      yield chunk;
    }
  } catch (error) {
    throw compressionError(error, name);
  } finally {
    transform.destroy();
    input.destroy();
  }
}

function compressionError(error: unknown, name: string): unknown {
  if (error instanceof BerthError) return error;
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (code === "Z_BUF_ERROR" || /unexpected end of file/i.test(String(message))) {
    return unitError("tar-truncated", `the ${name} data ends before its end mark`);
  }
  return unitError("tar-compression-invalid", `the ${name} data is damaged`, {}, String(message));
}
