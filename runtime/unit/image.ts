/** Images: an upload read, recognised, checked. Nothing of a refused one stays behind. */
import { createHash } from "node:crypto";
import { BerthError } from "../error.ts";
import type { Limits } from "../limits.ts";
import { spoolArchive, type SpooledFile } from "./archive.ts";
import { Budget } from "./budget.ts";
import type { ByteSource } from "./byte_reader.ts";
import { isDiskFull, shown, unitError } from "./errors.ts";
import { DOCKER_MANIFEST, dockerParts } from "./image_docker.ts";
import { OCI_INDEX, ociParts } from "./image_oci.ts";
import {
  berthParts,
  type Files,
  type ImageKind,
  type ImageParts,
  makeSpool,
  type PartsContext,
} from "./image_parts.ts";
import { type Manifest, MANIFEST_NAME } from "./manifest.ts";
import { checkMagic, checkModule, type ModuleFacts, type ModuleOffer } from "./module.ts";
import { nearest } from "./nearest.ts";
import { SIGNATURE_NAME } from "./pack.ts";

/** Where an image came from, in form. */
export type { ImageKind } from "./image_parts.ts";

/** An asset of an image, lying in the spool until the store takes it or the image is disposed of. */
export type Asset = SpooledFile;

/** A checked image. Dispose of it when done: `await using image = await readImage(…)`. */
export interface Image extends AsyncDisposable {
  /**
   * Hexadecimal SHA-256 of what the image *is*: kind, name, version, manifest, module and assets, in one spelling.
   * So it does not change with the order of a tar, its compression, times or owners.
   */
  readonly digest: string;
  readonly kind: ImageKind;
  readonly name: string;
  readonly version: string;
  /** `["{name}:{version}", "runtime:wasm"]`, as mimOE's API shows them. */
  readonly repoTags: readonly string[];
  /** Of an image without one, its name and version with the baseline of capabilities. */
  readonly manifest: Manifest;
  readonly module: Uint8Array<ArrayBuffer>;
  /** Hexadecimal. */
  readonly moduleSha256: string;
  readonly assets: readonly Asset[];
  /** What was checked about the module; `null` when `readImage` was given nothing to check against. */
  readonly facts: ModuleFacts | null;
  /** The text of the entry `berth.sig`, unread; `null` when there is none. It is no part of the digest. */
  readonly signature: string | null;
  /** Bytes as uploaded. */
  readonly sizeBytes: number;
  /** When it was built, as it says itself, else when it was read. */
  readonly createdMs: number;
}

/** A key, a signature and their names take 300. */
const SIGNATURE_MAX_BYTES = 4096;

/** How to read. */
export interface ReadImageOptions {
  /** Where to put files while reading, on the file system of the store; the system's temporary folder if absent. */
  readonly folder?: string;
  /** What modules may import and how they may be called; without it only the first bytes are looked at. */
  readonly offer?: ModuleOffer;
  /** The time now, for images that do not say when they were built. */
  readonly nowMs?: number;
}

/**
 * Reads an image of any accepted kind. Memory is bounded by the module's size; the rest goes to the spool.
 * Throws the codes of `UNIT_ERRORS` and leaves nothing behind then; a stream is cancelled.
 */
export async function readImage(
  source: ByteSource,
  limits: Limits,
  options: ReadImageOptions = {},
): Promise<Image> {
  const spool = makeSpool(options.folder);
  const remove = () => Deno.remove(spool.folder, { recursive: true }).catch(ignoreMissing);
  try {
    const context = { limits, spool, budget: new Budget(limits) };
    const files = await spoolArchive(source, spool, context.budget);
    const signature = takeSignature(files);
    const parts = await recognise(files, context);
    return await assemble(parts, signature, context, options, remove);
  } catch (error) {
    await remove();
    if (isDiskFull(error) && !(error instanceof BerthError)) {
      throw unitError("disk-full", "the image could not be unpacked: no space is left on the device");
    }
    throw error;
  }
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}

/** Takes the signature out of an archive: what is signed is the rest. */
function takeSignature(files: Map<string, SpooledFile>): string | null {
  const file = files.get(SIGNATURE_NAME);
  if (!file) return null;
  if (file.size > SIGNATURE_MAX_BYTES) {
    throw unitError(
      "image-invalid",
      `${SIGNATURE_NAME} has ${file.size} bytes; a signature has at most ${SIGNATURE_MAX_BYTES}`,
    );
  }
  files.delete(SIGNATURE_NAME);
  return Deno.readTextFileSync(file.file);
}

async function recognise(files: Files, context: PartsContext): Promise<ImageParts> {
  if (files.has(MANIFEST_NAME)) return berthParts(files, "berth", context);
  if (files.has(DOCKER_MANIFEST)) return await dockerParts(files, context);
  if (files.has(OCI_INDEX)) return await ociParts(files, context);
  throw unknownImage(files);
}

/** Says what is nearest to an image in the archive: most often it was packed one folder too high. */
function unknownImage(files: Files): Error {
  const paths = [...files.keys()];
  const below = paths.find((path) => path.endsWith(`/${MANIFEST_NAME}`));
  const guess = nearest(MANIFEST_NAME, paths);
  const detail = paths.length === 0
    ? "the archive holds no files"
    : below !== undefined
    ? `${MANIFEST_NAME} is not at the top of the archive but at ${
      shown(below)
    }; pack the inside of that folder`
    : `the archive holds no ${MANIFEST_NAME}, ${DOCKER_MANIFEST} or ${OCI_INDEX} at its top${
      guess === undefined ? "" : `, but ${shown(guess)}`
    }`;
  return unitError("image-unknown", detail);
}

async function assemble(
  parts: ImageParts,
  signature: string | null,
  { limits, budget }: PartsContext,
  options: ReadImageOptions,
  remove: () => Promise<void>,
): Promise<Image> {
  const { manifest } = parts;
  const module = readModule(parts.module, limits);
  checkMagic(module, parts.module.path);
  const facts = options.offer ? await checkModule(module, parts.module.path, options.offer) : null;
  if (facts?.onceOnly && manifest.state === "shared") {
    throw unitError(
      "manifest-invalid",
      `${MANIFEST_NAME}: state: "shared" cannot be kept by a program that runs once for each request; write "fresh"`,
    );
  }
  const assets = [...parts.assets].sort((a, b) => a.path < b.path ? -1 : 1);
  return {
    digest: imageDigest(parts, assets),
    kind: parts.kind,
    name: manifest.name,
    version: manifest.version,
    repoTags: [`${manifest.name}:${manifest.version}`, "runtime:wasm"],
    manifest,
    module,
    moduleSha256: parts.module.sha256,
    assets,
    facts,
    signature,
    sizeBytes: budget.receivedBytes,
    createdMs: parts.createdMs ?? options.nowMs ?? Date.now(),
    [Symbol.asyncDispose]: remove,
  };
}

function readModule(file: SpooledFile, limits: Limits): Uint8Array<ArrayBuffer> {
  if (file.size > limits.moduleMaxBytes) {
    throw unitError(
      "module-too-large",
      `${
        shown(file.path)
      } has ${file.size} bytes; at most ${limits.moduleMaxBytes} are allowed (moduleMaxBytes)`,
      { limit: "moduleMaxBytes", value: limits.moduleMaxBytes },
    );
  }
  return Deno.readFileSync(file.file);
}

/** See {@link Image.digest}. The text is JSON, whose quoting keeps neighbouring fields apart. */
function imageDigest(parts: ImageParts, assets: readonly Asset[]): string {
  const text = JSON.stringify([
    "berth image 1",
    parts.kind,
    parts.manifest.name,
    parts.manifest.version,
    parts.manifestSha256,
    [parts.module.path, parts.module.sha256],
    assets.map(({ path, size, sha256 }) => [path, size, sha256]),
  ]);
  return createHash("sha256").update(text).digest("hex");
}
