/** What the readers of the kinds of image have in common: the parts that make one. */
import { CAPABILITIES, type Grants } from "../../capabilities/grants.ts";
import type { Limits } from "../limits.ts";
import { Spool, spoolArchive, type SpooledFile } from "./archive.ts";
import type { Budget } from "./budget.ts";
import { shown, unitError } from "./errors.ts";
import { JsonError, parseJson } from "./json.ts";
import { defaultPath, type Manifest, MANIFEST_NAME, parseManifest } from "./manifest.ts";
import { nearest } from "./nearest.ts";

/** Where an image came from, in form: Berth's tar, a docker-save image as mimik's tools make it, an OCI layout. */
export type ImageKind = "berth" | "mimik" | "oci";

/** The files of an archive by path. */
export type Files = ReadonlyMap<string, SpooledFile>;

/** What a reader is given. */
export interface PartsContext {
  readonly limits: Limits;
  readonly budget: Budget;
  readonly spool: Spool;
}

/** An image taken apart. */
export interface ImageParts {
  readonly kind: ImageKind;
  readonly manifest: Manifest;
  /** SHA-256 of the manifest's file; `null` when the image has none. */
  readonly manifestSha256: string | null;
  readonly module: SpooledFile;
  readonly assets: readonly SpooledFile[];
  /** When it was built, as it says; `null` when it does not. */
  readonly createdMs: number | null;
}

/** The capabilities of an image that has no manifest: what mimik's runtime gives to everyone. */
export const BASELINE_NAMES = ["clock", "random", "env", "stdio", "storage"] as const;

/** {@link BASELINE_NAMES} as grants, with every default filled in. */
export function baselineGrants(): Grants {
  return Object.fromEntries(
    CAPABILITIES.filter(({ name }) => (BASELINE_NAMES as readonly string[]).includes(name))
      .map((capability) => [capability.name, capability.schema.parse(true)]),
  );
}

/** The manifest of an image that has none. */
export function baselineManifest(name: string, version: string, module: string): Manifest {
  // mimik names a service "hello-v1" and serves it under /hello/v1.
  const [, stem, major] = /^(.+)-(v\d+)$/.exec(name) ?? [];
  return {
    berth: 1,
    name,
    version,
    description: "",
    module,
    path: stem && major ? `/${stem}/${major}` : defaultPath(name, version),
    state: "fresh",
    capabilities: baselineGrants(),
    limits: {},
    env: {},
    workers: 1,
    health: null,
    openapi: null,
    logLevel: "info",
  };
}

/** Reads Berth's own form: `berth.json` at the top, the module that it names, and assets. */
export function berthParts(files: Files, kind: ImageKind, { limits }: PartsContext): ImageParts {
  const file = files.get(MANIFEST_NAME);
  if (!file) throw unitError("image-unknown", `the archive has no ${MANIFEST_NAME} at its top`);
  if (file.size > limits.manifestMaxBytes) {
    throw unitError(
      "manifest-invalid",
      `${MANIFEST_NAME} has ${file.size} bytes; at most ${limits.manifestMaxBytes} are allowed (manifestMaxBytes)`,
    );
  }
  const manifest = parseManifest(Deno.readFileSync(file.file), limits);
  const module = files.get(manifest.module);
  if (!module) throw missingModule(manifest.module, files);
  const assets = [...files.values()].filter((other) => other !== file && other !== module);
  for (const { path } of assets) checkAssetName(path);
  if (manifest.openapi !== null) checkOpenApi(manifest.openapi, files, limits);
  return { kind, manifest, manifestSha256: file.sha256, module, assets, createdMs: null };
}

function missingModule(path: string, files: Files): Error {
  const modules = [...files.keys()].filter((name) => name.endsWith(".wasm"));
  const guess = nearest(path, modules) ?? (modules.length === 1 ? modules[0] : undefined);
  const hint = guess === undefined ? "it has no .wasm at all" : `did you mean ${shown(guess)}?`;
  return unitError(
    "module-missing",
    `${MANIFEST_NAME} names the module ${shown(path)}, which the archive does not hold; ${hint}`,
    {
      module: path,
    },
  );
}

/** Names that later versions of Berth may give a meaning. */
function checkAssetName(path: string): void {
  if (!/^berth\.[^/]*$/i.test(path)) return;
  throw unitError("tar-entry-refused", `entry ${shown(path)}: names that begin with "berth." are reserved`, {
    entry: path,
  });
}

function checkOpenApi(path: string, files: Files, limits: Limits): void {
  const file = files.get(path);
  if (!file) {
    throw unitError("manifest-invalid", `${MANIFEST_NAME}: openapi: the archive holds no ${shown(path)}`);
  }
  readJsonFile(file, limits, "manifest-invalid");
}

/** Reads a JSON file of an image; bounded like the manifest. */
export function readJsonFile(
  file: SpooledFile,
  limits: Limits,
  code: "manifest-invalid" | "image-invalid" = "image-invalid",
): unknown {
  if (file.size > limits.manifestMaxBytes) {
    throw unitError(
      code,
      `${
        shown(file.path)
      } has ${file.size} bytes; at most ${limits.manifestMaxBytes} are allowed (manifestMaxBytes)`,
    );
  }
  try {
    return parseJson(Deno.readFileSync(file.file));
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw unitError(code, `${shown(file.path)}: ${error.message}`, { entry: file.path });
  }
}

/** A layer's content: a bare module, or an archive that holds one, with Berth's manifest or without. */
export async function layerParts(
  layer: SpooledFile,
  kind: ImageKind,
  named: () => { name: string; version: string },
  context: PartsContext,
): Promise<ImageParts> {
  if (isWasm(layer.file)) {
    const { name, version } = named();
    return bare(kind, { ...layer, path: "index.wasm" }, name, version);
  }
  using handle = Deno.openSync(layer.file);
  const files = await spoolArchive(handle.readable, context.spool, context.budget, true);
  if (files.has(MANIFEST_NAME)) return berthParts(files, kind, context);
  const { name, version } = named();
  const [module, ...others] = [...files.values()].sort((a, b) => Number(isModule(b)) - Number(isModule(a)));
  if (!module || !isModule(module)) {
    const what = files.has("index.js")
      ? "holds index.js, a service in JavaScript, which Berth does not run"
      : "holds no .wasm";
    throw unitError("module-missing", `layer ${shown(layer.path)} ${what}; it must hold index.wasm`);
  }
  if (others[0]) {
    throw unitError(
      "image-invalid",
      `layer ${shown(layer.path)} holds ${shown(others[0].path)} besides ${
        shown(module.path)
      }; without a ${MANIFEST_NAME} it may hold only the module`,
      { entry: others[0].path },
    );
  }
  return bare(kind, module, name, version);
}

function bare(kind: ImageKind, module: SpooledFile, name: string, version: string): ImageParts {
  return {
    kind,
    manifest: baselineManifest(name, version, module.path),
    manifestSha256: null,
    module,
    assets: [],
    createdMs: null,
  };
}

function isModule(file: SpooledFile): boolean {
  return file.path.endsWith(".wasm");
}

function isWasm(file: string): boolean {
  const head = new Uint8Array(4);
  using handle = Deno.openSync(file);
  return handle.readSync(head) === 4 && head[0] === 0 && head[1] === 0x61 && head[2] === 0x73 &&
    head[3] === 0x6d;
}

const NAME = /^[a-z0-9]+(?:[._-]+[a-z0-9]+)*$/;
const TAG = /^\w[\w.-]{0,127}$/;

/** `x-v1:1.0.0` → name and version; a registry and folders before the name are dropped. */
export function parseTag(reference: string): { name: string; version: string } | undefined {
  const last = reference.slice(reference.lastIndexOf("/") + 1).replace(/@.*$/, "");
  const colon = last.indexOf(":");
  const name = colon < 0 ? last : last.slice(0, colon);
  const version = colon < 0 ? "latest" : last.slice(colon + 1);
  if (name.length > 63 || !NAME.test(name) || !TAG.test(version)) return undefined;
  return { name, version };
}

/** The time in an image's configuration. */
export function createdMs(config: unknown): number | null {
  const created = typeof config === "object" && config !== null && "created" in config
    ? config.created
    : null;
  const ms = typeof created === "string" ? Date.parse(created) : NaN;
  return Number.isFinite(ms) ? ms : null;
}

/** A spool in a new folder inside `folder`. */
export function makeSpool(folder: string | undefined): Spool {
  const prefix = ".tmp-";
  return new Spool(
    folder === undefined ? Deno.makeTempDirSync({ prefix }) : Deno.makeTempDirSync({ dir: folder, prefix }),
  );
}
