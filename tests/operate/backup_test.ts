/** Copies of a service's storage and of a whole host, and the way back. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { join } from "@std/path";
import { restoreBackup } from "../../mod.ts";
import { packFiles } from "../../runtime/unit/pack.ts";
import { berth } from "../cli/testing.ts";
import { listenHost } from "../../runtime/server/serve.ts";
import { handler } from "../guests/wat.ts";
import { type TestHost, testHost } from "../host/harness.ts";
import { keeper } from "./keeper.ts";

const STORES = { capabilities: { storage: true, stdio: true } };

/** The last request that the keeper stored. */
function stored(folder: string): string | undefined {
  using db = new DatabaseSync(join(folder, "services", "api-keeper", "storage.db"), { readOnly: true });
  const row = db.prepare("SELECT value FROM items WHERE key = 'last'").get();
  return /\/mark-\d+/.exec(new TextDecoder().decode(row?.value as Uint8Array))?.[0];
}

const dataStore = (test: TestHost, action: string, path: string) =>
  test.manage("/mcm/v1/mims/keeper/dataStore", { method: "POST", body: JSON.stringify({ action, path }) });

Deno.test("dataStore: a copy of a service's storage is taken while it works, and put back", async () => {
  await using test = await testHost();
  await test.deploy("keeper", handler(), {});
  assertEquals((await (await dataStore(test, "backup", "early")).json()).error.reason, "storage-empty");
  await test.deploy("keeper", keeper("kept"), STORES);
  await test.call("/api/keeper/mark-1");
  const copied = await dataStore(test, "backup", "first");
  assertEquals(await copied.json(), {
    action: "backup",
    status: "completed",
    message: "the storage was copied",
    path: "first",
    percentage: 100,
  });
  await test.call("/api/keeper/mark-2");
  assertEquals(stored(test.folder), "/mark-2");
  assertEquals((await dataStore(test, "restore", "first")).status, 200);
  assertEquals(stored(test.folder), "/mark-1");
  assertEquals(await (await test.call("/api/keeper/mark-3")).text(), "kept");
  assertEquals(stored(test.folder), "/mark-3");
});

Deno.test("dataStore: names lead nowhere else, and damaged copies change nothing", async () => {
  await using test = await testHost();
  await test.deploy("keeper", keeper("kept"), STORES);
  await test.call("/api/keeper/mark-1");
  for (const path of ["../x", "/etc/x", "a/b", "", ".", "x".repeat(200)]) {
    assertEquals([path, (await dataStore(test, "backup", path)).status], [path, 400]);
  }
  assertEquals((await dataStore(test, "restore", "unknown")).status, 404);
  await dataStore(test, "backup", "one");
  const copy = join(test.folder, "backups", "api-keeper", "one.db");
  await Deno.writeTextFile(copy, "this is not a database".repeat(1000));
  const damaged = await dataStore(test, "restore", "one");
  assertEquals([damaged.status, (await damaged.json()).error.reason], [409, "copy-damaged"]);
  assertEquals(await (await test.call("/api/keeper/mark-2")).text(), "kept");
  for (let i = 0; i < 15; i++) assertEquals((await dataStore(test, "backup", `more-${i}`)).status, 200);
  assertEquals((await dataStore(test, "backup", "too-many")).status, 400);
});

Deno.test("berth backup and berth restore: a whole host moves to a new folder, keys and grants included", async () => {
  const away = await Deno.makeTempDir({ prefix: "berth-test-" });
  const file = join(away, "host.tar");
  let key = "";
  {
    await using test = await testHost();
    key = test.key;
    await test.deploy("keeper", keeper("kept"), STORES);
    await test.deploy("hello", handler({ answer: "hello" }), {
      capabilities: { http: { allow: ["https://example.com"] } },
    });
    await test.call("/api/keeper/mark-7");
    const listening = await listenHost(test.host, { hostname: "127.0.0.1", port: 0 });
    const env = { EDGE_ENGINE_URI: listening.origin, BERTH_API_KEY: key };
    const made = await berth(["backup", file], { cwd: away, env });
    assertEquals(made.code, 0, made.err);
    assertEquals(((await Deno.stat(file)).mode ?? 0) & 0o077, 0);
    assertEquals([...Deno.readDirSync(join(test.folder, "backups"))], []);
    const told = await berth(["audit"], { env });
    assertStringIncludes(told.out, "host.backup");
    await listening.stop(0);
  }
  const folder = join(away, "data");
  const restored = await berth(["restore", file, "--data", folder], { cwd: away });
  assertEquals(restored.code, 0, restored.err);
  const again = await berth(["restore", file, "--data", folder], { cwd: away });
  assertStringIncludes(again.err, "holds a host already");
  {
    await using test = await testHost({ dataFolder: folder });
    assertEquals([test.key, test.host.problems], [key, []]);
    assertEquals(stored(folder), "/mark-7");
    assertEquals(await (await test.call("/api/keeper")).text(), "kept");
    assertEquals(await (await test.call("/api/hello")).text(), "hello");
    const { held } = await (await test.manage("/berth/v1/services/hello/grants")).json();
    assertStringIncludes(JSON.stringify(held), "example.com");
  }
  await Deno.remove(away, { recursive: true });
});

Deno.test("what is no backup, or a cut one, is refused and leaves nothing behind", async () => {
  const away = await Deno.makeTempDir({ prefix: "berth-test-" });
  const mark = { path: "berth-backup.json", bytes: new TextEncoder().encode('{"format":1}') };
  const other = { path: "other", bytes: new Uint8Array(3000) };
  const database = { path: "host.db", bytes: new Uint8Array(3000) };
  const whole = await packFiles([mark, database]);
  const cases: Uint8Array<ArrayBuffer>[] = [
    await packFiles([other]),
    await packFiles([mark, other]),
    whole,
    whole.slice(0, 2500),
    await packFiles([{ ...mark, bytes: new TextEncoder().encode('{"format":9}') }, database]),
  ];
  for (const bytes of cases) {
    const refused = await restoreBackup(new Blob([bytes]).stream(), join(away, "data")).then(
      () => "taken",
      (error) => error.code,
    );
    assertEquals(/^(backup-invalid|tar-.+)$/.test(refused), true, refused);
  }
  assertEquals([...Deno.readDirSync(away)], []);
  await Deno.remove(away, { recursive: true });
});
