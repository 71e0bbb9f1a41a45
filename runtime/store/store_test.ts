/** The store with real folders and a real database: kept, removed, and back after it is opened again. */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { join } from "@std/path";
import { BerthError } from "../error.ts";
import { readImage } from "../unit/image.ts";
import { packMimikImage } from "../unit/pack.ts";
import { berthImage, emptyFolder, LIMITS_DEFAULT, OFFER, SERVICE_WASM } from "../../tests/unit/samples.ts";
import { AUDIT_UNPROVEN_MAX_COUNT } from "./ledger.ts";
import { openStore, type ServiceInput, type Store } from "./store.ts";
import type { ImageRecord } from "./records.ts";

const code = (expected: string, run: () => unknown) =>
  assertEquals(assertThrows(run, BerthError).code, expected);

const rejected = async (expected: string, run: () => Promise<unknown>) =>
  assertEquals((await assertRejects(run, BerthError)).code, expected);

async function add(store: Store, tar: Uint8Array, clientId = "api"): Promise<ImageRecord> {
  await using image = await readImage(tar, LIMITS_DEFAULT, {
    folder: store.images.folder,
    offer: OFFER,
    nowMs: 7,
  });
  return await store.images.add(image, clientId);
}

const service = (image: ImageRecord, members: Partial<ServiceInput> = {}): ServiceInput => ({
  clientId: "api",
  name: "hello",
  imageDigest: image.digest,
  imageId: image.id,
  basePath: "/hello/v1",
  env: { A: "1" },
  grants: { clock: true },
  limits: { wallMaxMs: 100 },
  ...members,
});

const names = (...parts: string[]) => [...Deno.readDirSync(join(...parts))].map(({ name }) => name).sort();

Deno.test("an image and a service are there after the store is opened again", async () => {
  using folder = emptyFolder();
  let image: ImageRecord;
  let put;
  {
    using store = await openStore(folder.path, { nowMs: () => 42 });
    image = await add(store, await berthImage());
    put = store.services.put(service(image));
    store.setSetting("nodeId", "n1");
  }
  using store = await openStore(folder.path);
  assertEquals(store.problems, []);
  assertEquals(store.images.get("api-hello"), image);
  assertEquals(store.images.get(image.digest), image);
  assertEquals(store.images.list("api"), [image]);
  assertEquals(store.images.list("other"), []);
  assertEquals(store.images.find("api", "hello"), image);
  assertEquals(store.images.find("api", "hello:1.2.3"), image);
  assertEquals(store.images.find("api", "hello:2"), undefined);
  assertEquals(await store.images.module(image.digest), SERVICE_WASM);
  assertEquals(image.facts?.convention, "serverless");
  assertEquals(store.services.list(), [put]);
  assertEquals([put.id, put.revision, put.state, put.createdMs], ["api-hello", 1, "started", 42]);
  assertEquals(store.setting("nodeId"), "n1");
  const place = store.place("api-hello");
  assertEquals(Deno.readTextFileSync(join(place.assetsFolder ?? "", "public", "a.txt")), "A");
  assert(Deno.statSync(place.privateFolder).isDirectory);
});

Deno.test("a deployment that replaces another keeps it in a bounded history", async () => {
  using folder = emptyFolder();
  using store = await openStore(folder.path);
  const first = await add(store, await berthImage());
  store.services.put(service(first));
  const second = await add(store, await berthImage({ manifest: { version: "2.0.0" } }));
  assertEquals(second.id, first.id);
  for (let i = 0; i < 12; i++) store.services.put(service(second, { env: { A: String(i) } }));
  const current = store.services.get("api-hello");
  assertEquals([current?.revision, current?.env.A], [13, "11"]);
  assertEquals(store.services.history("api-hello").map(({ revision }) => revision), [
    12,
    11,
    10,
    9,
    8,
    7,
    6,
    5,
    4,
    3,
  ]);
  // The first image fell out of the history with revision 1, and went with it.
  assertEquals(names(folder.path, "images"), [second.digest]);
});

Deno.test("content goes with the last thing that needs it", async () => {
  using folder = emptyFolder();
  using store = await openStore(folder.path);
  const mine = await add(store, await berthImage());
  const theirs = await add(store, await berthImage(), "other");
  assertEquals(mine.digest, theirs.digest);
  store.services.put(service(mine));
  assertEquals(store.images.remove(mine.id)?.id, mine.id);
  assertEquals(store.images.remove(mine.id), undefined);
  assertEquals(store.images.remove(mine.digest), undefined);
  store.images.remove(theirs.id);
  assertEquals(await store.images.module(mine.digest), SERVICE_WASM);
  assertEquals(store.images.get(mine.digest), { ...mine, id: mine.digest, clientId: "" });
  assertEquals(store.images.list(), []);
  store.services.remove("api-hello");
  assertEquals(names(folder.path, "images"), []);
  await rejected("image-not-found", () => store.images.module(mine.digest));
});

Deno.test("a removed service takes its data with it", async () => {
  using folder = emptyFolder();
  using store = await openStore(folder.path);
  store.services.put(service(await add(store, await berthImage())));
  const place = store.place("api-hello");
  Deno.writeTextFileSync(join(place.privateFolder, "x"), "x");
  Deno.writeTextFileSync(join(store.services.logsFolder("api-hello"), "log"), "x");
  store.services.discard("api-hello");
  assertEquals(
    names(folder.path, "services", "api-hello"),
    ["files", "logs"],
    "a service on record keeps its data",
  );
  assertEquals(store.services.remove("api-hello")?.name, "hello");
  assertEquals(names(folder.path, "services"), []);
  assertEquals(store.services.remove("api-hello"), undefined);
  code("service-not-found", () => store.place("api-hello"));
  code("service-not-found", () => store.services.setState("api-hello", "failed"));
});

Deno.test("a service that is tried before it is put leaves nothing when it is not", async () => {
  using folder = emptyFolder();
  let image: ImageRecord;
  {
    using store = await openStore(folder.path);
    image = await add(store, await berthImage());
    store.place("api-tried", image.digest);
    store.place("api-hello", image.digest);
    Deno.writeTextFileSync(join(store.place("api-hello", image.digest).privateFolder, "x"), "first try");
    store.place("api-hello", image.digest);
    assertEquals(names(store.place("api-hello", image.digest).privateFolder), ["x"], "still one try");
    store.services.discard("api-hello");
    assertEquals(names(store.place("api-hello", image.digest).privateFolder), [], "the next try begins anew");
    store.services.put(service(image));
  }
  using store = await openStore(folder.path);
  assertEquals(names(folder.path, "services"), ["api-hello"]);
  assertEquals(store.images.manifest(image.digest), image.manifest);
});

Deno.test("ids that two clients could share, and base paths, are the first one's", async () => {
  using folder = emptyFolder();
  using store = await openStore(folder.path);
  const module = SERVICE_WASM;
  const image = await add(store, await packMimikImage({ name: "b-c", version: "1.0.0", module }), "a");
  const error = await assertRejects(
    async () => await add(store, await packMimikImage({ name: "c", version: "1.0.0", module }), "a-b"),
    BerthError,
  );
  assertEquals(error.code, "id-taken");
  store.services.put(service(image, { clientId: "a", name: "b-c", basePath: "/x" }));
  code("id-taken", () => store.services.put(service(image, { clientId: "a-b", name: "c", basePath: "/y" })));
  code("path-taken", () => store.services.put(service(image, { clientId: "a", name: "d", basePath: "/x" })));
  store.services.put(service(image, { clientId: "z", name: "d", basePath: "/x" }));
  code("client-id-invalid", () => store.services.put(service(image, { clientId: "../x" })));
  code("image-not-found", () => store.services.put(service(image, { imageDigest: "0".repeat(64) })));
});

Deno.test("services whose ids differ in case do not share a folder", async () => {
  using folder = emptyFolder();
  using store = await openStore(folder.path);
  const image = await add(store, await berthImage());
  const folders = ["a", "A", "a.b", "a_b"].map((clientId) => {
    const { id } = store.services.put(service(image, { clientId }));
    return store.place(id).privateFolder.toLowerCase();
  });
  assertEquals(new Set(folders).size, 4);
});

Deno.test("prepared modules: kept by content, made anew when altered, bounded", async () => {
  using folder = emptyFolder();
  using store = await openStore(folder.path);
  const { digest } = await add(store, await berthImage());
  assertEquals(await store.preparedModule(digest, "1"), undefined);
  store.setPreparedModule(digest, "1", new Uint8Array([1, 2]), { a: 1 });
  assertEquals(await store.preparedModule(digest, "1"), { module: new Uint8Array([1, 2]), facts: { a: 1 } });
  Deno.writeFileSync(join(folder.path, "images", digest, "prepared-1.wasm"), new Uint8Array([1, 3]));
  assertEquals(await store.preparedModule(digest, "1"), undefined);
  for (const key of ["2", "3", "4", "5"]) store.setPreparedModule(digest, key, new Uint8Array([9]));
  assertEquals(names(folder.path, "images", digest).filter((name) => name.startsWith("prepared")).length, 4);
  assertEquals((await store.preparedModule(digest, "5"))?.module, new Uint8Array([9]));
  assertThrows(() => store.setPreparedModule(digest, "../x", new Uint8Array()), TypeError);
});

Deno.test("a damaged image is reported, the rest works, and the same upload heals it", async () => {
  using folder = emptyFolder();
  let image: ImageRecord;
  {
    using store = await openStore(folder.path);
    image = await add(store, await berthImage());
    await add(store, await berthImage({ manifest: { name: "other" } }));
  }
  Deno.writeTextFileSync(join(folder.path, "images", image.digest, "module.wasm"), "altered");
  {
    using store = await openStore(folder.path);
    assertEquals(store.problems.map(({ kind, target }) => [kind, target]), [["image-damaged", image.digest]]);
    assertEquals(store.images.get(image.id)?.damaged, "its module is missing or altered");
    assertEquals(store.images.get("api-other")?.damaged, null);
    await rejected("image-damaged", () => store.images.module(image.digest));
    assertEquals((await add(store, await berthImage())).damaged, null);
    assertEquals(await store.images.module(image.digest), SERVICE_WASM);
  }
  Deno.removeSync(join(folder.path, "images", image.digest, "assets", "public", "a.txt"));
  using store = await openStore(folder.path);
  assertEquals(store.problems[0]?.detail, 'hello: its asset "public/a.txt" is missing or altered');
});

Deno.test("what an interrupted run left is swept", async () => {
  using folder = emptyFolder();
  let before: string[];
  {
    using store = await openStore(folder.path);
    store.services.put(service(await add(store, await berthImage())));
    store.place("api-hello");
    await add(store, await berthImage({ manifest: { name: "unused" } }));
    before = [store.images.get("api-hello")?.digest ?? ""];
  }
  const [images, services] = [join(folder.path, "images"), join(folder.path, "services")];
  Deno.mkdirSync(join(images, ".tmp-x", "assets"), { recursive: true });
  Deno.mkdirSync(join(images, "f".repeat(64)));
  // The process died between the record of a removal and the removal itself.
  const db = new DatabaseSync(join(folder.path, "host.db"));
  db.exec("INSERT INTO loose_folders VALUES ('api-gone'), ('api-hello')");
  db.exec("DELETE FROM image_tags WHERE id = 'api-unused'");
  db.close();
  Deno.mkdirSync(join(services, "api-gone", "files"), { recursive: true });
  Deno.mkdirSync(join(services, "unexplained"));
  using _store = await openStore(folder.path);
  assertEquals(names(images), before);
  assertEquals(names(services), ["api-hello", "unexplained"]);
  assertEquals(names(services, "api-hello"), ["files"]);
});

Deno.test("with the database lost, the services' data is kept and found again", async () => {
  using folder = emptyFolder();
  {
    using store = await openStore(folder.path);
    store.services.put(service(await add(store, await berthImage())));
    Deno.writeTextFileSync(join(store.place("api-hello").privateFolder, "x"), "kept");
  }
  Deno.removeSync(join(folder.path, "host.db"));
  for (let opened = 0; opened < 3; opened++) (await openStore(folder.path)).close();
  using store = await openStore(folder.path);
  const image = await add(store, await berthImage());
  const { privateFolder } = store.place("api-hello", image.digest);
  assertEquals(Deno.readTextFileSync(join(privateFolder, "x")), "kept");
});

Deno.test("a data folder is one host's at a time", async () => {
  using folder = emptyFolder();
  using _store = await openStore(folder.path);
  await rejected("store-locked", () => openStore(folder.path, { lockWaitMs: 10 }));
});

Deno.test("a database that is none, damaged or newer is told apart, and left as it is", async () => {
  using folder = emptyFolder();
  const file = join(folder.path, "host.db");
  Deno.writeTextFileSync(file, "this is not a database ".repeat(500));
  await rejected("store-damaged", () => openStore(folder.path));
  assert(Deno.readTextFileSync(file).startsWith("this is not"));
  Deno.removeSync(file);
  (await openStore(folder.path))[Symbol.dispose]();
  const bytes = Deno.readFileSync(file);
  new DataView(bytes.buffer).setUint32(60, 999); // user_version, in the file's header
  Deno.writeFileSync(file, bytes);
  await rejected("store-newer", () => openStore(folder.path));
});

const LINE = {
  atMs: 1,
  action: "image.add",
  target: "api-hello",
  outcome: "ok",
  clientId: "api",
  via: "laptop",
  remoteAddress: "10.0.0.1",
} as const;

Deno.test("the audit log gives its latest lines first", async () => {
  using folder = emptyFolder();
  using store = await openStore(folder.path);
  for (let i = 0; i < 3; i++) store.audit.append({ ...LINE, atMs: i, target: "x".repeat(300) });
  assertEquals(store.audit.list({ limit: 2 }).map(({ atMs }) => atMs), [2, 1]);
  assertEquals(store.audit.list({ before: 2 }).map(({ atMs }) => atMs), [0]);
  assertEquals(store.audit.list()[0], { ...LINE, number: 3, atMs: 2, target: "x".repeat(200) });
});

Deno.test("callers who were not proven do not push out what operators did", async () => {
  using folder = emptyFolder();
  using store = await openStore(folder.path);
  store.audit.append(LINE);
  for (let i = 0; i < AUDIT_UNPROVEN_MAX_COUNT + 5; i++) store.audit.append({ ...LINE, via: "" });
  const lines = store.audit.list({ limit: 5_000 });
  assertEquals(lines.length, AUDIT_UNPROVEN_MAX_COUNT + 1);
  assertEquals(lines.at(-1)?.via, "laptop");
});

Deno.test("a signature is kept with its image and goes with it", async () => {
  using folder = emptyFolder();
  using store = await openStore(folder.path);
  const { digest } = await add(store, await berthImage());
  store.signatures.put(digest, "one");
  store.signatures.put(digest, "two");
  assertEquals(store.signatures.get(digest), "two");
  store.images.remove("api-hello");
  assertEquals(store.signatures.get(digest), undefined);
});

Deno.test("nobody but the host's user may read the data folder's content", async () => {
  using folder = emptyFolder();
  Deno.chmodSync(folder.path, 0o755);
  using store = await openStore(folder.path);
  store.services.put(service(await add(store, await berthImage())));
  store.place("api-hello");
  for (const name of names(folder.path)) {
    assertEquals((Deno.statSync(join(folder.path, name)).mode ?? 0) & 0o077, 0, name);
  }
});
