import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { serveHost } from "../../runtime/server/serve.ts";
import { packFiles, packMimikImage } from "../../runtime/unit/pack.ts";
import { assemble, handler } from "../guests/wat.ts";
import { pack, type TestHost, testHost } from "./harness.ts";

const form = (bytes: Uint8Array<ArrayBuffer>) => {
  const body = new FormData();
  body.set("image", new Blob([bytes]), "image.tar");
  return { method: "POST", body };
};

const json = (value: unknown) => ({
  method: "POST",
  body: JSON.stringify(value),
  headers: { "content-type": "application/json" },
});

/** Files and folders below the data folder, without the database, the key and logs. */
function left(folder: string): string[] {
  const found: string[] = [];
  const walk = (path: string) => {
    for (const entry of Deno.readDirSync(`${folder}/${path}`)) {
      const name = path ? `${path}/${entry.name}` : entry.name;
      if (/^host\.db|^api-key$|^reserve$|^keys\.json$/.test(name)) continue;
      if (entry.isDirectory) walk(name);
      else found.push(name);
    }
  };
  walk("");
  return found.sort();
}

Deno.test("mimik's image through mimik's API: upload, create, call, list, remove", async () => {
  await using test = await testHost();
  const tar = await packMimikImage({
    name: "hello-v1",
    version: "1.0.0",
    module: handler({ answer: "from mimik" }),
  });
  const image = await (await test.manage("/mcm/v1/images", form(tar))).json();
  assertEquals(
    [image.id, image.name, image.repoTags, image.status],
    ["api-hello-v1", "hello-v1", ["hello-v1:1.0.0", "runtime:wasm"], "successfully deployed"],
  );
  const created = await (await test.manage(
    "/mcm/v1/containers",
    json({
      name: "hello-v1",
      image: "hello-v1",
      env: { "MCM.BASE_API_PATH": "/hello/v1", "MCM.API_ALIAS": "true" },
    }),
  )).json();
  assertEquals(
    [created.id, created.state, created.status, created.env["MCM.BASE_API_PATH"], created.env["MCM.RUNTIME"]],
    ["api-hello-v1", "started", "up", "/api/hello/v1", "wasm"],
  );
  assertEquals(await (await test.call("/api/hello/v1/x")).text(), "from mimik");
  const list = await (await test.manage("/mcm/v1/mims")).json();
  assertEquals(list.data.map((entry: { id: string }) => entry.id), ["api-hello-v1"]);
  assertEquals((await (await test.manage("/mcm/v1/mims/api-hello-v1")).json()).image, "hello-v1");
  assertEquals((await test.manage("/mcm/v1/images/api-hello-v1", { method: "DELETE" })).status, 409);
  assertEquals((await test.manage("/mcm/v1/mims/api-hello-v1", { method: "DELETE" })).status, 200);
  assertEquals((await test.call("/api/hello/v1/x")).status, 404);
  assertEquals((await test.manage("/mcm/v1/images/api-hello-v1", { method: "DELETE" })).status, 200);
  assertEquals(left(test.folder), []);
});

Deno.test("the alias below /api answers for another client's service", async () => {
  await using test = await testHost();
  const tar = await packMimikImage({
    name: "hello-v1",
    version: "1.0.0",
    module: handler({ answer: "aliased" }),
  });
  const headers = { "x-client-id": "other" };
  await test.manage("/mcm/v1/images", { ...form(tar), headers });
  const env = { "MCM.BASE_API_PATH": "/hello/v1", "MCM.API_ALIAS": "true" };
  const asked = json({ name: "hello-v1", image: "hello-v1", env });
  const created = await test.manage("/mcm/v1/mims", { ...asked, headers: { ...asked.headers, ...headers } });
  assertEquals((await created.json()).env["MCM.BASE_API_PATH"], "/other/hello/v1");
  assertEquals(await (await test.call("/other/hello/v1")).text(), "aliased");
  assertEquals(await (await test.call("/api/hello/v1")).text(), "aliased");
});

Deno.test("errors below /mcm have mimOE's texts", async () => {
  await using test = await testHost();
  const unknown = await test.manage("/mcm/v1/mims", json({ name: "x", image: "not-there" }));
  assertStringIncludes(await unknown.text(), "cannot find image with name");
  const gone = await test.manage("/mcm/v1/images/api-none", { method: "DELETE" });
  assertEquals(gone.status, 404);
  assertStringIncludes(await gone.text(), "image cannot be found");
  const empty = await test.manage("/mcm/v1/images", { method: "POST", body: new FormData() });
  assertEquals(empty.status, 400);
  assertStringIncludes(await empty.text(), "no image received");
});

Deno.test("without a key, or with a wrong one, nothing is told and nothing is done", async () => {
  await using test = await testHost();
  const tar = await pack("hello", handler());
  for (
    const authorization of [
      undefined,
      "Bearer wrong",
      `Basic ${btoa(`x:${test.key}`)}`,
      `Bearer ${test.key}x`,
    ]
  ) {
    const headers = authorization ? { authorization } : undefined;
    for (const path of ["/mcm/v1/images", "/berth/v1/services", "/jsonrpc/v1"]) {
      const init = path.endsWith("images") ? form(tar) : path.startsWith("/jsonrpc") ? json({}) : {};
      const answer = await test.call(path, { ...init, ...(headers ? { headers } : {}) });
      assert([401, 403, 429].includes(answer.status), `${path}: ${answer.status}`);
      assertEquals((await answer.text()).includes(test.key), false);
    }
  }
  assertEquals((await test.call(`/berth/v1/services?key=${test.key}`)).status >= 401, true);
  assertEquals(left(test.folder), []);
});

Deno.test("getMe answers, account calls say that they need a cloud", async () => {
  await using test = await testHost();
  const ask = async (method: string) =>
    await (await test.manage("/jsonrpc/v1", json({ jsonrpc: "2.0", id: 7, method, params: [""] }))).json();
  const me = await ask("getMe");
  assertEquals([me.id, Object.keys(me.result).sort()], [7, [
    "accountId",
    "linkLocalIp",
    "nodeId",
    "nodeName",
    "version",
  ]]);
  assertStringIncludes((await ask("associateAccount")).error.message, "cloud");
  assertEquals((await ask("nonsense")).error.code, -32601);
});

async function refused(test: TestHost, bytes: Uint8Array<ArrayBuffer>): Promise<[number, string]> {
  const answer = await test.manage("/berth/v1/deployments", form(bytes));
  const problem = await answer.json();
  assert(answer.status >= 400 && answer.status < 500, JSON.stringify(problem));
  assert(problem.detail && problem.fix, JSON.stringify(problem));
  assertEquals(left(test.folder), [], problem.code);
  return [answer.status, problem.code];
}

Deno.test("bad uploads are refused with a reason, and nothing of them is left on disk", async () => {
  await using test = await testHost({ limits: { tarMaxBytes: 1 << 20 } });
  const good = await pack("hello", handler());
  const module = (bytes: Uint8Array) => pack("hello", bytes);
  const component = new Uint8Array([0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0]);
  assertEquals(await refused(test, new Uint8Array(0)), [400, "tar-empty"]);
  assertEquals((await refused(test, good.slice(0, 700)))[1], "tar-truncated");
  assertEquals((await refused(test, new TextEncoder().encode("not a tar at all")))[0], 400);
  assertEquals((await refused(test, new Uint8Array(2 << 20)))[0], 413);
  assertEquals(
    (await refused(test, await module(new TextEncoder().encode("#!/bin/sh\n"))))[1],
    "module-not-wasm",
  );
  assertEquals((await refused(test, await module(component)))[1], "module-is-component");
  assertEquals((await refused(test, await module(handler().slice(0, 200))))[1], "module-invalid");
  const unknown = handler({ imports: `(import "env" "launch_rocket" (func))` });
  assertEquals(await refused(test, await module(unknown)), [400, "import-unknown"]);
  assertEquals((await refused(test, await module(assemble("(module)"))))[0], 400);
  const manifest = new TextEncoder().encode(
    JSON.stringify({ berth: 1, name: "x", version: "1.0.0", moduel: "a.wasm" }),
  );
  const [status, code] = await refused(test, await packFiles([{ path: "berth.json", bytes: manifest }]));
  assertEquals([status, code], [400, "manifest-invalid"]);
});

Deno.test("curl uploads with Expect: 100-continue", async () => {
  await using test = await testHost();
  const server = serveHost(test.host, { hostname: "127.0.0.1", port: 0 });
  const tar = await packMimikImage({
    name: "big-v1",
    version: "1.0.0",
    module: handler({ fields: filler(300_000) }),
  });
  const file = `${test.folder}/big.tar`;
  await Deno.writeFile(file, tar);
  const curl = await new Deno.Command("curl", {
    args: [
      "-sS",
      "-H",
      "Expect: 100-continue",
      "-H",
      `Authorization: Bearer ${test.key}`,
      "-F",
      `image=@${file}`,
      `${server.origin}/mcm/v1/images`,
    ],
  }).output();
  assertEquals(new TextDecoder().decode(curl.stderr), "");
  assertEquals(JSON.parse(new TextDecoder().decode(curl.stdout)).id, "api-big-v1");
  await server.stop(1000);
});

/** A data segment of so many bytes, so that the upload is large. */
const filler = (bytes: number) => `(data "${"ab".repeat(bytes / 2)}")`;
