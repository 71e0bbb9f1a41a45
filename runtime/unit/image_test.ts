/** Images of all kinds, read from the bytes that are uploaded. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { BerthError } from "../error.ts";
import { type Image, readImage } from "./image.ts";
import { packFiles, packImage, packMimikImage } from "./pack.ts";
import {
  berthImage,
  emptyFolder,
  LIMITS_DEFAULT,
  manifestText,
  ociImage,
  OFFER,
  SERVICE_WASM,
} from "../../tests/unit/samples.ts";

const text = (value: string) => new TextEncoder().encode(value);

/** Reads in a folder of its own and says whether anything was left there. */
async function read(
  source: Uint8Array | ReadableStream<Uint8Array>,
  check: (image: Image) => void | Promise<void>,
) {
  using folder = emptyFolder();
  {
    await using image = await readImage(source, LIMITS_DEFAULT, {
      folder: folder.path,
      offer: OFFER,
      nowMs: 5,
    });
    await check(image);
  }
  assertEquals(folder.names(), [], "nothing is left after disposal");
}

async function refused(source: Uint8Array, limits = LIMITS_DEFAULT): Promise<BerthError> {
  using folder = emptyFolder();
  const error = await assertRejects(
    () => readImage(source, limits, { folder: folder.path, offer: OFFER }),
    BerthError,
  );
  assertEquals(folder.names(), [], "nothing is left of a refused image");
  return error;
}

Deno.test("Berth's own image: manifest, module, assets in order", async () => {
  await read(await berthImage(), async (image) => {
    assertEquals(image.kind, "berth");
    assertEquals([image.name, image.version], ["hello", "1.2.3"]);
    assertEquals(image.repoTags, ["hello:1.2.3", "runtime:wasm"]);
    assertEquals(image.module, SERVICE_WASM);
    assertEquals(image.assets.map(({ path }) => path), ["public/a.txt", "public/b.txt"]);
    assertEquals(await Deno.readTextFile(image.assets[0]?.file ?? ""), "A");
    assertEquals(image.facts?.convention, "serverless");
    assertEquals(image.facts?.capabilities, ["clock"]);
    assertEquals(image.createdMs, 5);
  });
});

Deno.test("the digest is of the content: compression and the order of the tar do not change it", async () => {
  const digests = new Set<string>();
  const plain = await berthImage();
  const reordered = await packFiles([
    { path: "public/b.txt", bytes: text("B") },
    { path: "service.wasm", bytes: SERVICE_WASM },
    { path: "./public/a.txt".slice(2), bytes: text("A") },
    { path: "berth.json", bytes: text(manifestText()) },
  ]);
  for (const tar of [plain, gzipSync(plain), zstdCompressSync(plain), reordered]) {
    await read(new Uint8Array(tar), (image) => void digests.add(image.digest));
  }
  assertEquals(digests.size, 1);
  const other = await packImage({
    manifest: manifestText({ description: "other" }),
    module: { path: "service.wasm", bytes: SERVICE_WASM },
  });
  await read(other, (image) => void digests.add(image.digest));
  assertEquals(digests.size, 2);
});

Deno.test("mimik's image gets the baseline of capabilities", async () => {
  const tar = await packMimikImage({
    name: "hello-v1",
    version: "1.0.0",
    module: SERVICE_WASM,
    createdMs: 1000,
  });
  await read(tar, (image) => {
    assertEquals(image.kind, "mimik");
    assertEquals(image.repoTags, ["hello-v1:1.0.0", "runtime:wasm"]);
    assertEquals(image.manifest.path, "/hello/v1");
    assertEquals(Object.keys(image.manifest.capabilities).includes("clock"), true);
    assertEquals(Object.keys(image.manifest.capabilities).includes("files"), false);
    assertEquals(image.createdMs, 1000);
  });
});

Deno.test("mimik's images of JavaScript, and layers with more than the module, are refused", async () => {
  const layer = (paths: readonly string[]) =>
    packFiles(paths.map((path) => ({ path, bytes: path.endsWith(".wasm") ? SERVICE_WASM : text("x") })));
  const docker = async (paths: readonly string[], members: Record<string, unknown> = {}) =>
    packFiles([
      { path: "i/layer.tar", bytes: await layer(paths) },
      {
        path: "manifest.json",
        bytes: text(JSON.stringify([{ RepoTags: ["a-v1:1.0.0"], Layers: ["i/layer.tar"], ...members }])),
      },
    ]);
  const cases: readonly [Promise<Uint8Array>, string, string][] = [
    [docker(["index.js"]), "module-missing", "JavaScript"],
    [docker([]), "module-missing", "holds no .wasm"],
    [docker(["index.wasm", "secret.txt"]), "image-invalid", '"secret.txt" besides "index.wasm"'],
    [docker(["index.wasm"], { Layers: [] }), "image-invalid", "0 layers"],
    [docker(["index.wasm"], { Layers: ["i/layer.tar", "i/layer.tar"] }), "image-invalid", "2 layers"],
    [docker(["index.wasm"], { Layers: ["j/layer.tar"] }), "image-invalid", 'the layer "j/layer.tar"'],
    [docker(["index.wasm"], { Layers: ["../layer.tar"] }), "tar-entry-refused", '".."'],
    [docker(["index.wasm"], { RepoTags: null }), "image-invalid", "has no tag"],
    [docker(["index.wasm"], { RepoTags: ["Über:1"] }), "image-invalid", "has the tag"],
    [docker(["index.wasm"], { Config: 5 }), "image-invalid", "not a list of"],
  ];
  for (const [tar, code, says] of cases) {
    const error = await refused(await tar);
    assertEquals(error.code, code, error.detail);
    assertStringIncludes(error.detail, says);
  }
  await read(
    await docker(["index.wasm"], { RepoTags: ["runtime:wasm", "registry.test/x/a-v1:2.0.0"] }),
    (image) => {
      assertEquals([image.name, image.version], ["a-v1", "2.0.0"]);
    },
  );
});

Deno.test("an OCI layout: a bare wasm layer, and a tar layer", async () => {
  for (const layer of [SERVICE_WASM, await packFiles([{ path: "app.wasm", bytes: SERVICE_WASM }])]) {
    await read(await ociImage({ layer }), (image) => {
      assertEquals(image.kind, "oci");
      assertEquals([image.name, image.version], ["hello-v1", "1.0.0"]);
      assertEquals(image.module, SERVICE_WASM);
    });
  }
});

Deno.test("an OCI layer may hold Berth's own form", async () => {
  await read(await ociImage({ layer: gzipSync(await berthImage()) }), (image) => {
    assertEquals([image.kind, image.name, image.assets.length], ["oci", "hello", 2]);
  });
});

Deno.test("a blob whose content is not what its digest says is refused", async () => {
  const error = await refused(await ociImage({ layer: SERVICE_WASM, tamper: true }));
  assertEquals(error.code, "image-invalid");
  assertStringIncludes(error.detail, "other content than its digest");
});

Deno.test("an upload stream is cancelled when it is refused", async () => {
  let cancelled = false;
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(4096).fill(65)),
    cancel: () => void (cancelled = true),
  });
  await assertRejects(
    () => readImage(endless, LIMITS_DEFAULT),
    BerthError,
    "does not begin with a tar header",
  );
  assert(cancelled);
});

Deno.test("an upload that breaks off is refused as such, compressed or not", async () => {
  const tar = await berthImage({
    assets: [{ path: "a", bytes: crypto.getRandomValues(new Uint8Array(50_000)) }],
  });
  for (const bytes of [tar, new Uint8Array(gzipSync(tar)), new Uint8Array(zstdCompressSync(tar))]) {
    using folder = emptyFolder();
    const broken = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(bytes.subarray(0, 20_000)),
      pull: (controller) => controller.error(new TypeError("connection reset")),
    });
    const error = await assertRejects(
      () => readImage(broken, LIMITS_DEFAULT, { folder: folder.path }),
      BerthError,
      "broke off",
    );
    assertEquals(error.code, "tar-truncated");
    assertEquals(folder.names(), []);
  }
});

Deno.test("packing is deterministic", async () => {
  assertEquals(await berthImage(), await berthImage());
  const input = { name: "a-v1", version: "1.0.0", module: SERVICE_WASM };
  assertEquals(await packMimikImage(input), await packMimikImage(input));
});

const image = (files: readonly { path: string; bytes: Uint8Array }[]) => packFiles(files);
const withModule = (bytes: Uint8Array) => berthImage({ module: bytes });

const REFUSED: readonly [string, () => Promise<Uint8Array>, string, string][] = [
  ["nothing at all", () => Promise.resolve(new Uint8Array()), "tar-empty", "no bytes"],
  ["a bare module", () => Promise.resolve(SERVICE_WASM), "tar-not-tar", "a bare wasm module"],
  [
    "text",
    () => Promise.resolve(text("hello\n".repeat(200))),
    "tar-not-tar",
    "does not begin with a tar header",
  ],
  ["a zip", () => Promise.resolve(text("PK\x03\x04 and so on")), "tar-not-tar", "a zip archive"],
  ["an empty tar", () => image([]), "image-unknown", "no files"],
  [
    "a tar of something else",
    () => image([{ path: "a.txt", bytes: text("a") }]),
    "image-unknown",
    "no berth.json",
  ],
  [
    "an image packed one folder too high",
    () => image([{ path: "hello/berth.json", bytes: text("{}") }]),
    "image-unknown",
    'at "hello/berth.json"; pack the inside of that folder',
  ],
  [
    "a module that is missing",
    () =>
      image([{ path: "berth.json", bytes: text(manifestText()) }, {
        path: "servic.wasm",
        bytes: SERVICE_WASM,
      }]),
    "module-missing",
    'did you mean "servic.wasm"?',
  ],
  ["a text module", () => withModule(text("(module)")), "module-not-wasm", "text form"],
  ["an ELF module", () => withModule(text("\x7fELF\x02")), "module-not-wasm", "ELF"],
  ["an empty module", () => withModule(new Uint8Array()), "module-not-wasm", "is empty"],
  [
    "a component",
    () => withModule(new Uint8Array([0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0])),
    "module-is-component",
    "core modules",
  ],
  ["a cut module", () => withModule(SERVICE_WASM.slice(0, 40)), "module-invalid", "service.wasm"],
  [
    "a reserved asset",
    () => berthImage({ assets: [{ path: "berth.lock", bytes: text("x") }] }),
    "tar-entry-refused",
    "reserved",
  ],
  [
    "an OpenAPI document that is no JSON",
    () => berthImage({ manifest: { openapi: "public/a.txt" } }),
    "manifest-invalid",
    "not JSON",
  ],
];

for (const [what, make, code, says] of REFUSED) {
  Deno.test(`refused: ${what}`, async () => {
    const error = await refused(await make());
    assertEquals(error.code, code, error.detail);
    assertStringIncludes(error.detail, says);
  });
}

Deno.test("limits are held at their value and refused above it", async () => {
  const tar = await berthImage();
  const at = {
    ...LIMITS_DEFAULT,
    moduleMaxBytes: SERVICE_WASM.length,
    tarMaxBytes: tar.length,
    tarEntriesMaxCount: 4,
  };
  using folder = emptyFolder();
  await (await readImage(tar, at, { folder: folder.path }))[Symbol.asyncDispose]();
  assertEquals(
    (await refused(tar, { ...at, moduleMaxBytes: SERVICE_WASM.length - 1 })).code,
    "module-too-large",
  );
  assertEquals((await refused(tar, { ...at, tarMaxBytes: tar.length - 1 })).code, "tar-too-large");
  assertEquals((await refused(tar, { ...at, tarEntriesMaxCount: 3 })).code, "tar-too-many-entries");
  assertEquals((await refused(tar, { ...at, manifestMaxBytes: 10 })).code, "manifest-invalid");
});
