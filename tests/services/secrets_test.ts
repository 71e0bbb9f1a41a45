/** Secrets of services, from the operator's hand to the guest, and nowhere else. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { restoreBackup } from "../../mod.ts";
import { berth } from "../cli/testing.ts";
import { pack, type TestHost, testHost } from "../host/harness.ts";
import { order, puppet, type Said, said } from "./puppet.ts";

const VALUE = "hunter2-THE-VALUE-ü";
const MAY = { capabilities: { env: { config: true, secrets: ["TOKEN", "LATER"] } } };

const set = (test: TestHost, name: string, value: string, service = "safe") =>
  test.manage(`/berth/v1/services/${service}/secrets/${name}`, {
    method: "PUT",
    body: JSON.stringify({ value }),
  });

/** What `secret.get` tells the guest. */
async function asked(test: TestHost, key: string): Promise<Said> {
  const answer = await test.call("/api/safe/x", { method: "POST", body: order("secret.get", { key }) });
  assertEquals(answer.status, 200);
  return said(await answer.bytes());
}

const seen = async (test: TestHost, key: string) => (await asked(test, key)).data;

Deno.test("a secret that is declared, granted and set reaches the guest, and a new value the next request", async () => {
  await using test = await testHost();
  assertEquals((await set(test, "TOKEN", VALUE)).status, 200); // before the service is there
  await test.deploy("safe", puppet(), MAY);
  assertEquals(await seen(test, "TOKEN"), { found: true, value: VALUE });
  assertEquals(await seen(test, "LATER"), { found: false, value: "" });
  await set(test, "LATER", "now");
  assertEquals(await seen(test, "LATER"), { found: true, value: "now" });
  await set(test, "TOKEN", "second");
  assertEquals(await seen(test, "TOKEN"), { found: true, value: "second" });
  const removed = await test.manage("/berth/v1/services/safe/secrets/TOKEN", { method: "DELETE" });
  assertEquals(await removed.json(), { id: "api-safe", name: "TOKEN" });
  assertEquals(await seen(test, "TOKEN"), { found: false, value: "" });
});

Deno.test("a secret that is not declared stays out of reach, and so does one of another service", async () => {
  await using test = await testHost();
  await test.deploy("safe", puppet(), { capabilities: { env: true } });
  await set(test, "TOKEN", VALUE);
  await set(test, "LATER", VALUE, "other");
  for (const name of ["TOKEN", "LATER", "constructor"]) {
    const { error } = await asked(test, name);
    assertEquals(error?.code, "denied");
    assertStringIncludes(error?.message ?? "", `"env": { "secrets": ["${name}"] }`); // what would allow it
  }
  const { secrets } = await (await test.manage("/berth/v1/services/safe/secrets")).json();
  assertEquals(secrets.map(({ name, set, granted }: Record<string, unknown>) => [name, set, granted]), [
    ["TOKEN", true, false],
  ]);
});

Deno.test("a version that begins to read a secret waits for the operator, the first one too", async () => {
  await using test = await testHost();
  await set(test, "TOKEN", VALUE);
  const deploy = async (manifest: Record<string, unknown>) => {
    const form = new FormData();
    form.set("image", new Blob([await pack("safe", puppet(), manifest)]), "image.tar");
    return await test.manage("/berth/v1/deployments", { method: "POST", body: form });
  };
  for (let turn = 0; turn < 2; turn++) {
    const waiting = await deploy({ capabilities: { env: { secrets: ["TOKEN"] } } });
    assertEquals(waiting.status, 202);
    assertEquals((await waiting.json()).more, [{ capability: "env", allows: "reads its secret TOKEN" }]);
    assertEquals((await deploy({ capabilities: { env: true } })).status, 201);
  }
});

Deno.test("the value is in no answer of the API, no log, traced or not, and no environment", async () => {
  await using test = await testHost();
  const service = await test.deploy("safe", puppet(), MAY);
  const answer = await set(test, "TOKEN", VALUE);
  const texts = [await answer.text()];
  const traced = JSON.stringify({ on: true });
  await test.manage("/berth/v1/services/safe/trace", { method: "PUT", body: traced });
  assertEquals((await seen(test, "TOKEN"))?.value, VALUE);
  assertEquals(
    said(
      await (await test.call("/api/safe", {
        method: "POST",
        body: order("config.get", { key: "TOKEN" }),
      })).bytes(),
    ).data,
    { found: false, value: "" },
  );
  const paths = [
    "services",
    "services/safe",
    "services/safe/secrets",
    "services/safe/grants",
    "audit",
    "host",
  ];
  for (const path of [...paths.map((path) => `/berth/v1/${path}`), "/mcm/v1/mims", "/metrics"]) {
    const reply = await test.manage(path);
    assertEquals(reply.status, 200, path);
    texts.push(await reply.text());
  }
  texts.push(await (await test.manage("/berth/v1/services/safe/logs?tail=1000")).text());
  texts.push(JSON.stringify(service.log.tail(1000)));
  const event = await test.call("/api/safe", { method: "POST", body: "no order" }); // shows the event itself
  texts.push(new TextDecoder().decode(await event.bytes()));
  assertStringIncludes(texts.join(""), "secret.get"); // the call is in the trace
  assertStringIncludes(texts.join(""), "TOKEN"); // the name may be seen
  assert(!texts.join("").includes("hunter2"));
});

Deno.test("only admins get near secrets; what they do is on record, with the name", async () => {
  await using test = await testHost();
  await test.deploy("safe", puppet(), MAY);
  const made = await test.manage("/berth/v1/keys", {
    method: "POST",
    body: JSON.stringify({ name: "ci", scopes: ["deploy"] }),
  });
  const headers = { authorization: `Bearer ${(await made.json()).key}` };
  for (const [method, path] of [["GET", ""], ["PUT", "/TOKEN"], ["DELETE", "/TOKEN"]] as const) {
    const body = method === "PUT" ? JSON.stringify({ value: VALUE }) : null;
    const refused = await test.manage(`/berth/v1/services/safe/secrets${path}`, { method, headers, body });
    assertEquals(refused.status, 403);
  }
  assertEquals((await set(test, "TOKEN", VALUE)).status, 200);
  assertEquals((await set(test, "a b", VALUE)).status, 400);
  assertEquals((await set(test, "TOKEN", "x".repeat((64 << 10) + 1))).status, 400);
  const { actions } = await (await test.manage("/berth/v1/audit")).json();
  const noted = actions.filter(({ action }: { action: string }) => action === "secret.set");
  assertEquals(noted.map(({ target, outcome }: Record<string, string>) => [target, outcome]), [
    ["api-safe/TOKEN", "failed"],
    ["api-safe/a b", "failed"],
    ["api-safe/TOKEN", "ok"],
    ["safe", "refused"],
  ]);
});

Deno.test("the file is for the host's user only, goes with a backup and outlives a restart, not the service", async () => {
  const folder = await Deno.makeTempDir({ prefix: "berth-secrets-" });
  try {
    const dataFolder = join(folder, "a"), file = join(dataFolder, "secrets.json");
    {
      await using test = await testHost({ dataFolder });
      await test.deploy("safe", puppet(), MAY);
      await set(test, "TOKEN", VALUE);
      assertEquals(((await Deno.stat(file)).mode ?? 0) & 0o777, 0o600);
      const backup = await test.manage("/berth/v1/backup");
      await restoreBackup(backup.body ?? new ReadableStream(), join(folder, "b"));
    }
    for (const name of ["a", "b"]) {
      await using test = await testHost({ dataFolder: join(folder, name) });
      assertEquals((await seen(test, "TOKEN"))?.value, VALUE);
    }
    assertEquals(((await Deno.stat(join(folder, "b/secrets.json"))).mode ?? 0) & 0o777, 0o600);
    await using test = await testHost({ dataFolder });
    await test.host.remove("api-safe");
    assert(!(await Deno.readTextFile(file)).includes("hunter2"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a damaged file of secrets stops who needs one, says so without its content, and nobody else", async () => {
  await using test = await testHost();
  await test.deploy("other", puppet());
  await Deno.writeTextFile(join(test.folder, "secrets.json"), `{"services": {"hunter2`);
  assertEquals(
    (await test.call("/api/other", { method: "POST", body: order("secret.get", { key: "TOKEN" }) })).status,
    200,
  );
  const refused = await set(test, "TOKEN", VALUE);
  const { code, detail } = await refused.json();
  assertEquals([refused.status, code], [500, "secrets-damaged"]);
  assert(!detail.includes("hunter2"));
});

Deno.test("berth secret: the value comes on standard input or from a file, and is never printed", async () => {
  await using test = await testHost();
  await test.deploy("safe", puppet(), MAY);
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, test.host.fetch);
  const device = ["--host", `127.0.0.1:${server.addr.port}`, "--key", test.key];
  const input = new TextEncoder().encode(`${VALUE}\n`);
  const set = await berth(["secret", "set", "safe", "TOKEN", ...device], { input });
  assertEquals(set, { code: 0, out: "✔ TOKEN of safe is set\n", err: "" });
  assertEquals((await seen(test, "TOKEN"))?.value, VALUE);
  const file = join(test.folder, "pem");
  await Deno.writeTextFile(file, "two\nlines\r\n");
  assertEquals((await berth(["secret", "set", "safe", "LATER", "--file", file, ...device])).code, 0);
  assertEquals((await seen(test, "LATER"))?.value, "two\nlines");

  const list = await berth(["secret", "list", "safe", ...device]);
  assertMatch(list.out, /^NAME +SET +READ BY THE SERVICE\nLATER +20\S+ +yes\nTOKEN +20\S+ +yes\n$/);
  const inspected = await berth(["inspect", "safe", ...device]);
  assertStringIncludes(inspected.out, "reads its secret TOKEN");
  assert(!(list.out + inspected.out).includes("hunter2"));

  assertEquals((await berth(["secret", "remove", "safe", "TOKEN", ...device])).code, 0);
  assertStringIncludes((await berth(["secret", "list", "safe", ...device])).out, "not set");
  assertEquals((await berth(["secret", "remove", "safe", "TOKEN", ...device])).code, 3);
  for (const wrong of [new Uint8Array(0), Uint8Array.of(10), Uint8Array.of(0xff, 0xfe)]) {
    assertEquals((await berth(["secret", "set", "safe", "TOKEN", ...device], { input: wrong })).code, 2);
  }
  const given = await berth(["secret", "set", "safe", "TOKEN", VALUE, ...device], { input });
  assertEquals([given.code, (given.out + given.err).includes("hunter2")], [2, false]);
});
