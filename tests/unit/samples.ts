/** Images, modules and folders for the tests of the deployment unit and the store. */
import { createHash } from "node:crypto";
import type { Convention, HostFunction } from "../../abi/abi.ts";
import { limitDefaults } from "../../capabilities/limit.ts";
import { LIMITS, type Limits } from "../../runtime/limits.ts";
import type { ModuleOffer } from "../../runtime/unit/module.ts";
import { type PackFile, packFiles, packImage } from "../../runtime/unit/pack.ts";

/** What holds when nobody says anything. */
export const LIMITS_DEFAULT: Limits = limitDefaults(LIMITS);

function fn(
  module: string,
  name: string,
  parameters: HostFunction["parameters"][number]["type"][],
  results: HostFunction["results"],
  capability: HostFunction["capability"],
): HostFunction {
  return {
    module,
    name,
    parameters: parameters.map((type, index) => ({ name: `p${index}`, type, kind: "value" })),
    results,
    capability,
    suspends: false,
    summary: "a sample",
    errors: {},
  };
}

const convention: Convention = {
  name: "serverless",
  matches: (exports) =>
    exports.some(({ name, kind }) => name === "mk_module_on_event" && kind === "function"),
  start: () => {},
  handle: () => {},
};

/** A small offer, so that these tests do not move with the ABIs. */
export const OFFER: ModuleOffer = {
  functions: [
    fn("wasi_snapshot_preview1", "clock_time_get", ["i32", "i64", "i32"], ["i32"], "clock"),
    fn("wasi_snapshot_preview1", "fd_write", ["i32", "i32", "i32", "i32"], ["i32"], "stdio"),
    {
      ...fn("env", "mk_module_api_request", ["i32", "i32", "i32"], [], null),
      earlierForms: [["i32", "i32"]],
    },
  ],
  conventions: [convention],
};

/** A function import, with the types' codes. */
export interface SampleImport {
  readonly module: string;
  readonly name: string;
  readonly parameters: readonly number[];
  readonly results: readonly number[];
}

/** The code of i32. */
export const I32 = 0x7f;
/** The code of i64. */
export const I64 = 0x7e;

/** A module with these imports, exporting empty functions and a memory. */
export function wasm(imports: readonly SampleImport[], exports: readonly string[]): Uint8Array<ArrayBuffer> {
  const types = [
    [0x60, 0, 0],
    ...imports.map((item) => [0x60, ...vector(item.parameters), ...vector(item.results)]),
  ];
  const importRows = imports.map((item, index) => [...name(item.module), ...name(item.name), 0, index + 1]);
  const exportRows = exports.map((item, index) => [...name(item), 0, imports.length + index]);
  return new Uint8Array([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [types.length, ...types.flat()]),
    ...section(2, [importRows.length, ...importRows.flat()]),
    ...section(3, [exports.length, ...exports.map(() => 0)]),
    ...section(5, [1, 0, 1]),
    ...section(7, [exportRows.length + 1, ...exportRows.flat(), ...name("memory"), 2, 0]),
    ...section(10, [exports.length, ...exports.flatMap(() => [2, 0, 0x0b])]),
  ]);
}

function vector(items: readonly number[]): number[] {
  return [items.length, ...items];
}

function name(text: string): number[] {
  return vector([...new TextEncoder().encode(text)]);
}

function section(id: number, body: readonly number[]): number[] {
  const size = [body.length & 0x7f];
  for (let rest = body.length >> 7; rest > 0; rest >>= 7) {
    size[size.length - 1] = (size[size.length - 1] ?? 0) | 0x80;
    size.push(rest & 0x7f);
  }
  return [id, ...size, ...body];
}

/** A module that can be deployed: it uses the clock and serves events. */
export const SERVICE_WASM = wasm(
  [{ module: "wasi_snapshot_preview1", name: "clock_time_get", parameters: [I32, I64, I32], results: [I32] }],
  ["mk_module_on_event"],
);

/** A manifest's text, with members added or replaced. */
export function manifestText(members: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({ berth: 1, name: "hello", version: "1.2.3", module: "service.wasm", ...members });
}

/** An image of Berth's kind with two assets. */
export function berthImage(
  { manifest = {}, module = SERVICE_WASM, assets }: {
    manifest?: Readonly<Record<string, unknown>>;
    module?: Uint8Array;
    assets?: readonly PackFile[];
  } = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = (text: string) => new TextEncoder().encode(text);
  return packImage({
    manifest: manifestText(manifest),
    module: { path: "service.wasm", bytes: module },
    assets: assets ??
      [{ path: "public/b.txt", bytes: bytes("B") }, { path: "public/a.txt", bytes: bytes("A") }],
  });
}

/** An OCI image layout with one layer. */
export function ociImage(
  { layer, tamper = false, reference = "registry.test/demo/hello-v1:1.0.0" }: {
    layer: Uint8Array;
    tamper?: boolean;
    reference?: string;
  },
): Promise<Uint8Array<ArrayBuffer>> {
  const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
  const digest = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
  const blob = (bytes: Uint8Array) => ({ path: `blobs/sha256/${digest(bytes)}`, bytes });
  const point = (bytes: Uint8Array, mediaType: string) => ({
    mediaType,
    digest: `sha256:${digest(bytes)}`,
    size: bytes.length,
  });
  const config = json({ created: "2026-01-02T03:04:05Z", architecture: "wasm", os: "wasip1" });
  const manifest = json({
    schemaVersion: 2,
    config: point(config, "application/vnd.oci.image.config.v1+json"),
    layers: [point(layer, "application/wasm")],
  });
  const index = json({
    schemaVersion: 2,
    manifests: [{
      ...point(manifest, "application/vnd.oci.image.manifest.v1+json"),
      annotations: { "org.opencontainers.image.ref.name": reference },
    }],
  });
  const layerBlob = tamper ? { ...blob(layer), bytes: layer.slice(0, -1) } : blob(layer);
  return packFiles([
    { path: "oci-layout", bytes: json({ imageLayoutVersion: "1.0.0" }) },
    { path: "index.json", bytes: index },
    blob(manifest),
    blob(config),
    layerBlob,
  ]);
}

/** A folder that goes away with the test. */
export function emptyFolder(): Disposable & { readonly path: string; names(): string[] } {
  const path = Deno.makeTempDirSync({ prefix: "berth-test-" });
  return {
    path,
    names: () => [...Deno.readDirSync(path)].map((entry) => entry.name).sort(),
    [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }),
  };
}
