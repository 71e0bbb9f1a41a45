/** From a built project to a checked image: what `berth pack` and `berth deploy` do. */
import { join, resolve } from "@std/path";
import { CONVENTIONS, HOST_FUNCTIONS } from "../../abi/registry.ts";
import { type LimitName, LIMITS, type Limits } from "../limits.ts";
import { readImage } from "../unit/image.ts";
import { type Manifest, MANIFEST_NAME, parseManifest } from "../unit/manifest.ts";
import { type PackFile, packImage } from "../unit/pack.ts";
import { CliError } from "./errors.ts";

/** An image, packed and found good. */
export interface Packed {
  readonly tar: Uint8Array;
  readonly manifest: Manifest;
  /** `name-version.tar`. */
  readonly fileName: string;
  readonly assetsCount: number;
}

const ASSETS_FOLDER = "assets";
/** The limits that a manifest is checked against here: a host may have lower ones; that is for the host to say. */
export const CEILINGS = Object.fromEntries(
  Object.entries(LIMITS).map(([name, limit]) => [name as LimitName, limit.ceiling]),
) as Limits; // the table's own names

/** Reads a project's manifest; throws `project-incomplete`, `manifest-invalid`. */
export async function readManifest(folder: string): Promise<{ bytes: Uint8Array; manifest: Manifest }> {
  const bytes = await readFile(folder, MANIFEST_NAME, "A service needs a manifest; `berth new` writes one.");
  return { bytes, manifest: parseManifest(bytes, CEILINGS) };
}

/**
 * Packs a project that is built, and checks the image as a host will.
 *
 * @param privateKey signs it: PEM, as `berth key new-signing` makes it
 * @param instead values in place of the manifest's
 */
export async function packProject(
  folder: string,
  privateKey?: string,
  instead?: Readonly<Record<string, unknown>>,
): Promise<Packed> {
  const { bytes: written, manifest } = await readManifest(folder);
  const bytes = instead
    ? new TextEncoder().encode(
      JSON.stringify({ ...JSON.parse(new TextDecoder().decode(written)), ...instead }),
    )
    : written;
  const module = await readFile(folder, manifest.module, `Build it first: berth build ${folder}`);
  const extra = manifest.openapi === null ? [] : [manifest.openapi];
  const assets = await readAssets(folder, extra);
  const input = { manifest: bytes, module: { path: manifest.module, bytes: module }, assets };
  const plain = await packImage(input);
  const { digest } = await checkImage(plain);
  const tar = privateKey === undefined
    ? plain
    : await packImage({ ...input, signature: JSON.stringify(await sign(digest, privateKey)) });
  return { tar, manifest, fileName: `${manifest.name}-${manifest.version}.tar`, assetsCount: assets.length };
}

async function sign(digest: string, privateKey: string) {
  const { signImage } = await import("../../mod.ts");
  return await signImage(`sha256:${digest}`, privateKey);
}

/** Reads an image as a host does and throws what a host would. */
export async function checkImage(
  tar: Uint8Array<ArrayBuffer>,
): Promise<{ readonly manifest: Manifest; readonly digest: string }> {
  const folder = await Deno.makeTempDir({ prefix: "berth-pack-" });
  try {
    const offer = { functions: HOST_FUNCTIONS, conventions: CONVENTIONS };
    await using image = await readImage(tar, CEILINGS, { folder, offer });
    return { manifest: image.manifest, digest: image.digest };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Everything below `assets/`, and files that the manifest names. */
async function readAssets(folder: string, named: readonly string[]): Promise<PackFile[]> {
  const paths = new Set(named);
  const visit = async (below: string) => {
    for await (const entry of Deno.readDir(join(folder, below))) {
      const path = `${below}/${entry.name}`;
      if (entry.isDirectory) await visit(path);
      else if (entry.isFile) paths.add(path);
    }
  };
  await visit(ASSETS_FOLDER).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  const files: PackFile[] = [];
  for (const path of paths) {
    files.push({
      path,
      bytes: await readFile(folder, path, `${MANIFEST_NAME} names it; add it or take the name out.`),
    });
  }
  return files;
}

async function readFile(folder: string, name: string, fix: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await Deno.readFile(resolve(folder, name));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory)) throw error;
    throw new CliError("project-incomplete", `Looked for ${name} in ${folder} and did not find it`, { fix });
  }
}
