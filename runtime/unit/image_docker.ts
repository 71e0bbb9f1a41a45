/** Images as `docker save` writes them (version 1 layout, or blobs with a `manifest.json`): mimik's form. */
import { z } from "zod";
import { entryPath } from "./entry_path.ts";
import { shown, unitError } from "./errors.ts";
import {
  createdMs,
  type Files,
  type ImageParts,
  layerParts,
  parseTag,
  type PartsContext,
  readJsonFile,
} from "./image_parts.ts";

/** The file that tells this kind of image. */
export const DOCKER_MANIFEST = "manifest.json";

const MANIFEST = z.array(z.object({
  Config: z.string().max(1024).optional(),
  RepoTags: z.array(z.string().max(512)).max(64).nullable().optional(),
  Layers: z.array(z.string().max(1024)).max(64),
})).max(16);

const REPOSITORIES = z.record(z.string(), z.record(z.string(), z.string()));

/** Reads the image: one manifest, one layer, and in it the module. */
export async function dockerParts(files: Files, context: PartsContext): Promise<ImageParts> {
  const file = files.get(DOCKER_MANIFEST);
  if (!file) throw unitError("image-unknown", `the archive has no ${DOCKER_MANIFEST}`);
  const parsed = MANIFEST.safeParse(readJsonFile(file, context.limits));
  if (!parsed.success) {
    throw unitError("image-invalid", `${DOCKER_MANIFEST} is not a list of {Config, RepoTags, Layers}`);
  }
  const [image, ...others] = parsed.data;
  if (!image || others.length > 0) {
    throw unitError(
      "image-invalid",
      `${DOCKER_MANIFEST} lists ${parsed.data.length} images; it must list one`,
    );
  }
  const [layerPath, ...more] = image.Layers;
  if (layerPath === undefined || more.length > 0) {
    throw unitError(
      "image-invalid",
      `the image has ${image.Layers.length} layers; it must have one, holding index.wasm`,
    );
  }
  const layer = lookUp(files, layerPath);
  if (!layer) throw unitError("image-invalid", `the archive does not hold the layer ${shown(layerPath)}`);
  const tags = image.RepoTags ?? repositoryTags(files, context);
  const parts = await layerParts(layer, "mimik", () => named(tags), context);
  const config = image.Config === undefined ? undefined : lookUp(files, image.Config);
  return { ...parts, createdMs: config ? createdMs(readJsonFile(config, context.limits)) : null };
}

function lookUp(files: Files, name: string) {
  return files.get(entryPath(name));
}

/** The first tag that names the service; `runtime:wasm` is a mark that mimik's tools add. */
function named(tags: readonly string[]): { name: string; version: string } {
  const tag = tags.find((candidate) => !candidate.startsWith("runtime:"));
  const found = tag === undefined ? undefined : parseTag(tag);
  if (found) return found;
  const what = tag === undefined ? "has no tag" : `has the tag ${shown(tag)}`;
  throw unitError("image-invalid", `the image ${what}; it needs one as in "hello-v1:1.0.0" (RepoTags)`);
}

function repositoryTags(files: Files, context: PartsContext): string[] {
  const file = files.get("repositories");
  const parsed = file ? REPOSITORIES.safeParse(readJsonFile(file, context.limits)) : undefined;
  if (!parsed?.success) return [];
  return Object.entries(parsed.data).flatMap(([name, tags]) =>
    Object.keys(tags).map((tag) => `${name}:${tag}`)
  );
}
