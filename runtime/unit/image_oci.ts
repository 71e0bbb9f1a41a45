/** OCI image layouts (image-spec 1.1, "image-layout") with one wasm layer, image or artifact. */
import { z } from "zod";
import type { SpooledFile } from "./archive.ts";
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

/** The files that tell this kind of image. */
export const OCI_INDEX = "index.json";

const ANNOTATIONS = z.record(z.string(), z.string()).optional();
const DESCRIPTOR = z.object({
  mediaType: z.string().max(256).default(""),
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  annotations: ANNOTATIONS,
  platform: z.object({ os: z.string().optional(), architecture: z.string().optional() }).optional(),
});
const INDEX = z.object({ manifests: z.array(DESCRIPTOR).max(64) });
const MANIFEST = z.object({
  config: DESCRIPTOR.optional(),
  layers: z.array(DESCRIPTOR).max(64),
  annotations: ANNOTATIONS,
});

type Descriptor = z.infer<typeof DESCRIPTOR>;

/** An index may point to an index (as `docker buildx` writes); no tool nests deeper than this. */
const INDEX_DEPTH_MAX = 3;

/** Reads the image: one manifest, one layer with the module. */
export async function ociParts(files: Files, context: PartsContext): Promise<ImageParts> {
  const top = files.get(OCI_INDEX);
  if (!top) throw unitError("image-unknown", `the archive has no ${OCI_INDEX}`);
  const { descriptor, annotations } = chooseManifest(top, files, context, 0);
  const file = blob(files, descriptor);
  const manifest = parse(MANIFEST, file, context);
  const [layer, ...more] = manifest.layers;
  if (!layer || more.length > 0) {
    throw unitError(
      "image-invalid",
      `the image has ${manifest.layers.length} layers; it must have one, the module`,
    );
  }
  const named = () => imageName({ ...manifest.annotations, ...annotations });
  const parts = await layerParts(blob(files, layer), "oci", named, context);
  const config = manifest.config ? files.get(blobPath(manifest.config)) : undefined;
  const isJson = manifest.config?.mediaType.endsWith("json") ?? false;
  return { ...parts, createdMs: config && isJson ? createdMs(readJsonFile(config, context.limits)) : null };
}

function chooseManifest(
  file: SpooledFile,
  files: Files,
  context: PartsContext,
  depth: number,
): { descriptor: Descriptor; annotations: Readonly<Record<string, string>> } {
  const all = parse(INDEX, file, context).manifests;
  // Attestations that build tools add stand for no platform.
  const real = all.filter(({ platform, annotations }) =>
    platform?.os !== "unknown" && annotations?.["vnd.docker.reference.type"] === undefined
  );
  const wasm = real.filter(({ platform }) => /^wasm/.test(platform?.architecture ?? ""));
  const candidates = wasm.length > 0 ? wasm : real;
  const [descriptor] = candidates;
  if (!descriptor || candidates.length > 1) {
    throw unitError(
      "image-invalid",
      `${shown(file.path)} lists ${candidates.length} images; it must list one for wasm`,
    );
  }
  const annotations = descriptor.annotations ?? {};
  if (!/\b(index|manifest\.list)\b/.test(descriptor.mediaType)) return { descriptor, annotations };
  if (depth + 1 >= INDEX_DEPTH_MAX) {
    throw unitError("image-invalid", "the image's indexes are nested too deep");
  }
  const inner = chooseManifest(blob(files, descriptor), files, context, depth + 1);
  return { descriptor: inner.descriptor, annotations: { ...inner.annotations, ...annotations } };
}

function parse<T>(schema: z.ZodType<T>, file: SpooledFile, context: PartsContext): T {
  const parsed = schema.safeParse(readJsonFile(file, context.limits));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw unitError(
    "image-invalid",
    `${shown(file.path)} is not as the OCI image layout wants it, at ${shown(issue?.path.join(".") ?? "")}`,
    { entry: file.path },
  );
}

function blobPath({ digest }: Descriptor): string {
  return `blobs/sha256/${digest.slice("sha256:".length)}`;
}

/** The blob that a descriptor names; its content must be what the name says. */
function blob(files: Files, descriptor: Descriptor): SpooledFile {
  const file = files.get(blobPath(descriptor));
  if (!file) throw unitError("image-invalid", `the archive does not hold the blob ${descriptor.digest}`);
  if (`sha256:${file.sha256}` !== descriptor.digest) {
    throw unitError(
      "image-invalid",
      `the blob ${descriptor.digest} holds other content than its digest says`,
      {
        entry: file.path,
      },
    );
  }
  return file;
}

/** From the annotations that tools write: a whole reference, or title and version. */
function imageName(annotations: Readonly<Record<string, string>>): { name: string; version: string } {
  const reference = annotations["io.containerd.image.name"] ??
    annotations["org.opencontainers.image.ref.name"];
  const title = annotations["org.opencontainers.image.title"];
  const version = annotations["org.opencontainers.image.version"];
  const whole = reference?.includes(":") ? parseTag(reference) : undefined;
  const found = whole ??
    (title === undefined ? undefined : parseTag(`${title}:${version ?? reference ?? "latest"}`));
  if (found) return found;
  throw unitError(
    "image-invalid",
    'the image has no name; annotate it with org.opencontainers.image.ref.name, as in "hello-v1:1.0.0"',
  );
}
