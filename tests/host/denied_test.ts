import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { planPermissions } from "../../capabilities/plans.ts";
import { workerPermissions } from "../../runtime/worker/permissions.ts";
import { handler, message, reporter } from "../guests/wat.ts";
import { testHost } from "./harness.ts";

const WASI = "wasi_snapshot_preview1";
const ENOTCAPABLE = "76";
const EPERM = "63";
const SUCCESS = "00";

const clockImport = `(import "${WASI}" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))`;
const clock = reporter("(call $clock (i32.const 0) (i64.const 1) (i32.const 9000))", {
  imports: clockImport,
});

const openImport = `(import "${WASI}" "path_open"
  (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))`;
const opening = (path: string) =>
  reporter(
    `(call $open (i32.const 3) (i32.const 0) (i32.const 9000) (i32.const ${path.length}) (i32.const 0)
      (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 9100))`,
    { imports: openImport, fields: `(data (i32.const 9000) "${path}")` },
  );

Deno.test("a clock that is not granted gives its errno, a log line with the key that would allow it, a counter", async () => {
  await using test = await testHost();
  const denied = await test.deploy("denied", clock);
  const granted = await test.deploy("granted", clock, { capabilities: { clock: true } });
  assertEquals(await (await test.call("/api/granted")).text(), SUCCESS);
  for (let i = 0; i < 3; i++) assertEquals(await (await test.call("/api/denied")).text(), ENOTCAPABLE);
  assertEquals(denied.counters.denials.clock, 3);
  assertEquals(granted.counters.denials.clock ?? 0, 0);
  const lines = denied.log.tail(20).filter((line) => line.message.startsWith("denied clock"));
  assertEquals(lines.length, 1, "the same denial is logged once in a while");
  assertStringIncludes(lines[0]?.message ?? "", '"clock"');
  assert(lines[0]?.requestId);
});

Deno.test("a file outside of what is mounted gives an errno, inside it is read, through the whole host", async () => {
  await using test = await testHost();
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/app.log`, "a line\n");
  const files = { mounts: [{ guest: "/logs", host: folder, access: "read" }] };
  const run = async (name: string, path: string, capabilities: Record<string, unknown>) => {
    const service = await test.deploy(name, opening(path), { capabilities });
    return { service, errno: await (await test.call(`/api/${name}`)).text() };
  };
  assertEquals((await run("inside", "app.log", { files })).errno, SUCCESS);
  for (const path of ["../secret", "/etc/passwd", "./../../secret"]) {
    assertEquals((await run("outside", path, { files })).errno, EPERM, path);
  }
  const none = await run("none", "app.log", {});
  assert([ENOTCAPABLE, "08"].includes(none.errno), `errno ${none.errno}`);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a host that is not on the allow list is refused, with the line that would allow it in the log", async () => {
  await using test = await testHost();
  const asked = { url: "http://127.0.0.1:9/x", method: "GET", headers: {}, data: "", mode: "" };
  const { text, length } = message("httpclient.fetch", asked);
  // Fetches with session 1 and answers when it is told what became of that.
  const module = handler({
    fields: `(data (i32.const 16384) "${text}")`,
    body: `(call $request (i32.const 1) (i32.const 16384) (i32.const ${length}))`,
    onResponse: "(call $send)",
    answer: "told",
  });
  const service = await test.deploy("caller", module, {
    capabilities: { http: { allow: ["https://example.com"] } },
  });
  assertEquals(await (await test.call("/api/caller")).text(), "told");
  const line = service.log.tail(20).find((entry) => entry.message.startsWith("denied http"));
  assertStringIncludes(line?.message ?? "", "http://127.0.0.1:9");
  assertEquals(service.counters.denials.http, 1);
});

Deno.test("without the capability a denied call names what was asked for, and the method once", async () => {
  await using test = await testHost();
  const asked = { url: "https://api.example.com/users?x=1", method: "GET", headers: {}, data: "", mode: "" };
  const { text, length } = message("httpclient.fetch", asked);
  const module = handler({
    fields: `(data (i32.const 16384) "${text}")`,
    body: `(call $request (i32.const 1) (i32.const 16384) (i32.const ${length}))`,
    onResponse: "(call $send)",
    answer: "told",
  });
  const service = await test.deploy("caller", module);
  assertEquals(await (await test.call("/api/caller")).text(), "told");
  const line = service.log.tail(20).find((entry) => entry.message.startsWith("denied"))?.message ?? "";
  assertStringIncludes(line, '"http": {"allow": ["https://api.example.com"]}');
  assertEquals(line.match(/httpclient\.fetch/g)?.length, 1, line);
});

Deno.test("the Deno wall alone: a worker with a service's permissions can do nothing else, whatever code runs in it", async () => {
  await using test = await testHost();
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/app.log`, "a line\n");
  const grants = { files: { mounts: [{ guest: "/logs", host: folder, access: "read" }] }, clock: {} };
  const service = await test.deploy("files", opening("app.log"), { capabilities: { files: grants.files } });
  const place = { privateFolder: `${test.folder}/x`, storageFile: `${test.folder}/y`, assetsFolder: null };
  const permissions = workerPermissions(planPermissions(service.deployment.record.grants, place));
  // What a bug of ours could do in the worker, done on purpose.
  const attempts: Record<string, string> = {
    "read the mount": `Deno.readTextFileSync(${JSON.stringify(`${folder}/app.log`)})`,
    "write the mount": `Deno.writeTextFileSync(${JSON.stringify(`${folder}/app.log`)}, "x")`,
    "read beside it": `Deno.readTextFileSync(${JSON.stringify(`${test.folder}/api-key`)})`,
    "read /etc": `Deno.readTextFileSync("/etc/passwd")`,
    "connect": `await Deno.connect({ port: 9 })`,
    "fetch": `await fetch("http://127.0.0.1:9/")`,
    "listen": `Deno.listen({ port: 0 })`,
    "environment": `Deno.env.get("HOME")`,
    "run": `new Deno.Command("true").outputSync()`,
    "ffi": `Deno.dlopen("libc.so.6", {})`,
    "system": `Deno.hostname()`,
    "import": `await import("http://127.0.0.1:9/x.ts")`,
    "link": `Deno.symlinkSync("/etc", ${JSON.stringify(`${folder}/etc`)})`,
  };
  const source = `onmessage = async () => { const result = {};
    ${
    Object.entries(attempts).map(([name, code]) =>
      `try { ${code}; result[${JSON.stringify(name)}] = "done"; } catch (e) { result[${
        JSON.stringify(name)
      }] = e.name; }`
    ).join("\n")
  } postMessage(result); close(); };`;
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const worker = new Worker(url, { type: "module", deno: { permissions } });
  const result = await new Promise<Record<string, string>>((resolve) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.postMessage(null);
  });
  URL.revokeObjectURL(url);
  const { "read the mount": allowed, ...others } = result;
  assertEquals(allowed, "done");
  assertEquals(Object.entries(others).filter(([, outcome]) => outcome === "done"), []);
  assertEquals(Object.keys(others).length, 12);
  await Deno.remove(folder, { recursive: true });
});
