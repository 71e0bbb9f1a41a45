/** A service written against mimik's C++ SDK builds unchanged against our headers, and runs. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { NoAnswerError } from "../../abi/serverless/mod.ts";
import { openEnv } from "../../capabilities/env/open.ts";
import { Builder } from "../../runtime/build/build.ts";
import { type Harness, startGuest } from "./harness.ts";
import { openWorld } from "./world.ts";

const SOURCE = new URL("../guests/serverless/mimik/main.cpp", import.meta.url);

async function buildGuest(): Promise<Uint8Array> {
  const folder = await Deno.makeTempDir({ prefix: "berth-mimik-" });
  using builder = new Builder();
  try {
    await Deno.mkdir(join(folder, "src"));
    await Deno.copyFile(SOURCE, join(folder, "src/main.cpp"));
    const { modulePath } = await builder.build(folder, { language: "cpp" });
    return await Deno.readFile(modulePath);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const module = await buildGuest();
const post = (body: string) => ({ method: "POST", body });

Deno.test("mimik guest: a command module that imports what mimOE offers and nothing else", async () => {
  const compiled = await WebAssembly.compile(module as BufferSource);
  const imports = new Set(WebAssembly.Module.imports(compiled).map(({ module: from }) => from));
  assertEquals([...imports].sort(), ["env", "wasi_snapshot_preview1"]);
  const exports = WebAssembly.Module.exports(compiled).map(({ name }) => name);
  for (
    const name of ["_start", "mk_module_on_event", "mk_module_on_api_response", "mk_module_abi_version_2_0_0"]
  ) {
    assert(exports.includes(name), name);
  }
});

Deno.test("mimik guest: the event's fields arrive, and a plain answer goes out", async () => {
  const guest = await startGuest(module, {
    capabilities: { env: openEnv(true, { config: { mode: "test" } }) },
  });
  const answer = await guest.ask("/test/guest/v1/?a=1", { headers: { "user-agent": "x" } });
  assertEquals(JSON.parse(answer.text), {
    method: "GET",
    apiRoot: "/test/guest/v1",
    env: "test",
    agent: "x",
  });
  assertEquals(answer.header("content-type"), "application/json");
  const time = await guest.ask("/time");
  assertEquals([time.status, time.text, time.header("content-type")], [200, "1700000000", "text/plain"]);
});

Deno.test("mimik guest: storage in nested callbacks", async () => {
  await using world = await openWorld();
  const guest = await startGuest(module, { capabilities: world.capabilities });
  const answer = await guest.ask("/storage", post("vålue"));
  assertEquals([answer.status, answer.text], [200, "vålue|first=vålue;second=tagged;|second|removed"]);
  const denied = await (await startGuest(module)).ask("/storage", post("x"));
  assertEquals(denied.status, 403);
  assertStringIncludes(denied.text, `"storage": true`);
});

Deno.test("mimik guest: a fetch is answered after the handler has returned", async () => {
  await using world = await openWorld();
  const guest = await startGuest(module, { capabilities: world.capabilities });
  assertEquals((await guest.ask("/fetch", post("http://up/x"))).text, "200 GET ");
  assertEquals(world.sent[0]?.headers, [["x-from", "guest"]]);
  assertStringIncludes((await guest.ask("/fetch", post("http://up/missing"))).text, "(404)");
  assertStringIncludes((await guest.ask("/fetch", post("http://elsewhere/"))).text, "berth.json");
});

const part = (name: string, text: string, file = "") =>
  `--B\r\ncontent-disposition: form-data; name="${name}"${file && `; filename="${file}"`}\r\n\r\n${text}\r\n`;

const upload = (guest: Harness, ...parts: string[]) =>
  guest.ask("/upload", {
    method: "POST",
    headers: { "content-type": `multipart/form-data; boundary="B"` },
    body: `${parts.join("")}--B--`,
  });

Deno.test("mimik guest: a form's parts are skipped, got, stored or given up, inside the call", async () => {
  await using world = await openWorld();
  const guest = await startGuest(module, { capabilities: world.capabilities });
  const form = [
    part("a", "1"),
    part("skip", "no", "s"),
    part("get", "text", "g"),
    part("doc", "content", "d.txt"),
  ];
  const answer = await upload(guest, ...form, part("b", "2"));
  assertEquals(
    answer.text,
    "value a=1;found skip s;found get g;value get=text;found doc d.txt;stored /data/doc 7;value b=2;",
  );
  assertEquals(await Deno.readTextFile(`${world.data}/doc`), "content");
  const file = await guest.ask("/file", post("doc"));
  assertEquals([file.text, file.header("content-type")], ["content", "application/octet-stream"]);
  const stopped = await upload(guest, part("abort", "x", "f"), part("doc2", "y", "f"));
  assertEquals(stopped.text, "found abort f;");
  assertEquals([...Deno.readDirSync(world.data)].map(({ name }) => name), ["doc"]);
});

Deno.test("mimik guest: what needs a cloud or a grant that is not there fails with a text", async () => {
  const guest = await startGuest(module);
  assertStringIncludes((await guest.ask("/decrypt")).text, "mimik's account cloud");
  assertEquals((await guest.ask("/publish", post("hi"))).status, 202);
  assertEquals(guest.denials[0]?.capability, "websocket");
  await assertRejects(() => guest.ask("/silent"), NoAnswerError);
});
