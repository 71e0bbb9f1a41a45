/** Writes images: the same input gives the same bytes, whenever and by whomever it is packed. */
import { createHash } from "node:crypto";
import { createTarPacker } from "modern-tar";
import { MANIFEST_NAME } from "./manifest.ts";
import { entryPath } from "./entry_path.ts";
import { refuseEntry } from "./errors.ts";

/** The entry of an image that holds its signature; made by `berth pack --sign`. */
export const SIGNATURE_NAME = "berth.sig";

/** A file to pack. */
export interface PackFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** What goes into an image of Berth's own kind. */
export interface PackInput {
  /** The manifest as it is written (`berth.json`'s text); check it with `parseManifest` first. */
  readonly manifest: string | Uint8Array;
  /** The module, at the path that the manifest names. */
  readonly module: PackFile;
  readonly assets?: readonly PackFile[];
  /** The signature's text, made over the digest of the image without it. */
  readonly signature?: string;
}

/** Packs an image of Berth's own kind: the manifest first, then the module, then assets by path. */
export function packImage(
  { manifest, module, assets = [], signature }: PackInput,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = typeof manifest === "string" ? new TextEncoder().encode(manifest) : manifest;
  const sorted = [...assets].sort((a, b) => a.path < b.path ? -1 : 1);
  const signed = signature === undefined
    ? []
    : [{ path: SIGNATURE_NAME, bytes: new TextEncoder().encode(signature) }];
  return packFiles([{ path: MANIFEST_NAME, bytes }, module, ...sorted, ...signed]);
}

/** Packs an image as mimik's tools do: docker-save, version 1, one layer with `index.wasm`. */
export async function packMimikImage(
  { name, version, module, createdMs = 0 }: {
    readonly name: string;
    readonly version: string;
    readonly module: Uint8Array;
    readonly createdMs?: number;
  },
): Promise<Uint8Array<ArrayBuffer>> {
  const layer = await packFiles([{ path: "index.wasm", bytes: module }]);
  const id = sha256(layer);
  const config = json({
    architecture: "wasm",
    os: "wasm",
    created: new Date(createdMs).toISOString(),
    config: {},
    rootfs: { type: "layers", diff_ids: [`sha256:${id}`] },
  });
  const configName = `${sha256(config)}.json`;
  return await packFiles([
    { path: `${id}/VERSION`, bytes: new TextEncoder().encode("1.0") },
    { path: `${id}/json`, bytes: json({ id }) },
    { path: `${id}/layer.tar`, bytes: layer },
    { path: configName, bytes: config },
    {
      path: "manifest.json",
      bytes: json([{ Config: configName, RepoTags: [`${name}:${version}`], Layers: [`${id}/layer.tar`] }]),
    },
    { path: "repositories", bytes: json({ [name]: { [version]: id } }) },
  ]);
}

/**
 * A tar of files in the order given: regular files, mode 644, no owner, no time. Throws `tar-entry-refused` for a
 * path that would be refused when it is read.
 */
export async function packFiles(files: readonly PackFile[]): Promise<Uint8Array<ArrayBuffer>> {
  const { readable, controller } = createTarPacker();
  const whole = new Response(readable).bytes();
  const seen = new Set<string>();
  for (const { path, bytes } of files) {
    checkPackPath(path, seen);
    const body = controller.add({
      name: path,
      size: bytes.length,
      type: "file",
      mode: 0o644,
      mtime: new Date(0),
    });
    const writer = body.getWriter();
    await writer.write(bytes as Uint8Array<ArrayBuffer>); // the packer only reads it
    await writer.close();
  }
  controller.finalize();
  return await whole;
}

/** What would be refused when the image is read is not packed. */
function checkPackPath(path: string, seen: Set<string>): void {
  const plain = entryPath(path);
  if (plain !== path) throw refuseEntry(path, `its path is not plain; write it as "${plain}"`);
  if (seen.has(path)) throw refuseEntry(path, "it is there twice");
  seen.add(path);
}

function json(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
