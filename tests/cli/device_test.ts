/** Commands against a device that answers what the API promises. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { berth, FakeDevice, problem } from "./testing.ts";

const COUNTER = {
  id: "api-counter",
  name: "counter",
  version: "1.0.0",
  clientId: "api",
  basePath: "/api/counter/v1",
  url: "http://127.0.0.1:8083/api/counter/v1",
  state: "ready",
  image: "0123456789abcdef",
  updatedMs: Date.now() - 5_000,
  counters: { requests: 12, errors: 1, cpuMs: 3, denials: { files: 2 } },
};

const list = () => Response.json({ services: [COUNTER] });
const services = {
  "GET /berth/v1/services": list,
  "GET /berth/v1/approvals": () => Response.json({ approvals: [] }),
};

Deno.test("ls prints a table for people and the API's answer for programs", async () => {
  const approvals = [{ id: "api-relay", name: "relay", version: "2.0.0", more: [], asks: [] }];
  await using device = new FakeDevice({
    "GET /berth/v1/services": list,
    "GET /berth/v1/approvals": () => Response.json({ approvals }),
  });
  const table = await berth(["ls", "--host", device.address, "--key", "k"]);
  assertEquals([table.code, table.err], [0, ""]);
  assertMatch(table.out, /^NAME +VERSION +STATE +REQUESTS +ERRORS +CHANGED +ADDRESS\n/);
  assertMatch(
    table.out,
    /\ncounter +1\.0\.0 +ready +12 +1 +5 s ago +http:\/\/127\.0\.0\.1:8083\/api\/counter\/v1\n! relay 2\.0\.0 waits for approval: berth grant relay\n$/,
  );
  const json = await berth(["ls", "--host", device.address, "--json"]);
  assertEquals(JSON.parse(json.out), { services: [COUNTER], approvals });
});

Deno.test("options of the device stand before or after the command; the environment comes last", async () => {
  await using device = new FakeDevice(services);
  const env = { EDGE_ENGINE_URI: device.address, BERTH_API_KEY: "from-env", BERTH_CLIENT_ID: "me" };
  assertEquals((await berth(["--json", "ls", "--key", "given"], { env })).code, 0);
  assertEquals((await berth(["--key", "first", "ls"], { env })).code, 0);
  assertEquals((await berth(["ls"], { env })).code, 0);
  const listings = device.got.filter(({ path }) => path === "/berth/v1/services");
  assertEquals(listings.map(({ headers }) => headers.get("authorization")), [
    "Bearer given",
    "Bearer first",
    "Bearer from-env",
  ]);
  assertEquals(listings.map(({ headers }) => headers.get("x-client-id")), ["me", "me", "me"]);
});

Deno.test("the key of the data folder goes to this machine and to no other", async () => {
  const data = await Deno.makeTempDir({ prefix: "berth-cli-test-" });
  try {
    await Deno.writeTextFile(join(data, "api-key"), "secret\n");
    await using device = new FakeDevice(services);
    await berth(["ls", "--data", data, "--host", device.address]);
    assertEquals(device.got[0]?.headers.get("authorization"), "Bearer secret");
    const { chooseDevice } = await import("../../runtime/cli/device.ts");
    const io = { env: () => undefined, cwd: "/" } as unknown as Parameters<typeof chooseDevice>[0];
    assertEquals((await chooseDevice(io, { data, host: "pi.local" })).key, undefined);
  } finally {
    await Deno.remove(data, { recursive: true });
  }
});

Deno.test("a service that does not exist is answered with the one that was meant", async () => {
  await using device = new FakeDevice({
    "GET /berth/v1/services": list,
    "GET /berth/v1/services/conter": () =>
      problem(404, "service-not-found", 'there is no service "conter"', "List them."),
  });
  const { code, out, err } = await berth(["inspect", "conter", "--host", device.address]);
  assertEquals([code, out], [3, ""]);
  assertEquals(err, 'error: The device says: there is no service "conter"\n  fix: Did you mean counter?\n');
});

Deno.test("a refusal without a key says where keys come from; as JSON it is one line on standard error", async () => {
  await using device = new FakeDevice({
    "GET /berth/v1/limits": () =>
      problem(401, "key-wrong", "the request has no valid key", "Ask the operator."),
  });
  const plain = await berth(["limits", "--host", device.address]);
  assertEquals(plain.code, 3);
  assertStringIncludes(plain.err, "fix: Give the device's API key with --key or BERTH_API_KEY");
  const json = await berth(["limits", "--host", device.address, "--key", "wrong", "--json"]);
  assertEquals([json.code, json.out], [3, ""]);
  const { error } = JSON.parse(json.err);
  assertEquals([error.code, error.status, error.fix], ["key-wrong", 401, "Ask the operator."]);
});

Deno.test("where no device answers, the exit code and the fix say so", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const { code, err } = await berth(["ls", "--host", `127.0.0.1:${port}`]);
  assertEquals(code, 4);
  assertStringIncludes(err, `Called http://127.0.0.1:${port} and got no answer`);
  assertStringIncludes(err, "fix: Start one with: berth serve");
});

Deno.test("what answers but is no Berth is told apart", async () => {
  await using device = new FakeDevice({ "GET /berth/v1/services": () => new Response("<html>hello</html>") });
  assertEquals((await berth(["ls", "--host", device.address])).code, 4);
});

Deno.test("a redirect does not carry the key away", async () => {
  await using other = new FakeDevice(services);
  await using device = new FakeDevice({
    "GET /berth/v1/services": () => Response.redirect(`http://${other.address}/berth/v1/services`),
  });
  assertEquals((await berth(["ls", "--host", device.address, "--key", "k"])).code, 3);
  assertEquals(other.got, []);
});

Deno.test("deploy sends the image and the options, and mounts of this machine with whole paths", async () => {
  const folder = await Deno.makeTempDir({ prefix: "berth-cli-test-" });
  try {
    const tar = crypto.getRandomValues(new Uint8Array(65_536 * 3 + 1).subarray(0, 65_536));
    await Deno.writeFile(join(folder, "x.tar"), tar);
    await using device = new FakeDevice({
      "POST /berth/v1/deployments": () => Response.json(COUNTER, { status: 201 }),
    });
    const { code, out } = await berth([
      "deploy",
      "x.tar",
      "--host",
      device.address,
      "--env",
      "A=1",
      "--env",
      "B=x=y",
      "--mount",
      "/logs=logs",
      "--limit",
      "wallMaxMs=5000",
      "--name",
      "other",
    ], { cwd: folder });
    assertEquals(code, 0);
    assertStringIncludes(out, COUNTER.url);
    const form = device.got[0]?.form;
    const image = form?.get("image");
    assertEquals(image instanceof File ? await image.bytes() : undefined, tar);
    assertEquals(JSON.parse(String(form?.get("options"))), {
      name: "other",
      env: { A: "1", B: "x=y" },
      mounts: { "/logs": join(folder, "logs") },
      limits: { wallMaxMs: 5000 },
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("logs come as lines for people; what a service writes cannot drive the terminal", async () => {
  const entry = {
    time: "2026-01-02T03:04:05.678Z",
    level: "warn",
    source: "log",
    message: "hot\x1b[2J\u202e end",
    requestId: "r-1",
    fields: { degrees: 81 },
  };
  await using device = new FakeDevice({
    "GET /berth/v1/services/counter/logs": () =>
      new Response([entry, { ...entry, level: "debug" }].map((line) => JSON.stringify(line) + "\n").join("")),
  });
  const plain = await berth(["logs", "counter", "--host", device.address, "--level", "info", "-n", "5"]);
  assertMatch(
    plain.out,
    /^\d\d:\d\d:\d\d warn {2}log {4}hot\\u\{1b\}\[2J\\u\{202e\} end degrees=81 {2}r-1\n$/,
  );
  assertEquals(device.got[0]?.path, "/berth/v1/services/counter/logs?tail=5");
  const json = await berth(["logs", "counter", "--host", device.address, "--json"]);
  assertEquals(json.out.trim().split("\n").map((line) => JSON.parse(line).message), [
    entry.message,
    entry.message,
  ]);
});

Deno.test("following a log ends well with Ctrl-C", async () => {
  const abort = new AbortController();
  const line = new TextEncoder().encode('{"time":"","level":"info","source":"log","message":"one"}\n');
  await using device = new FakeDevice({
    "GET /berth/v1/services/counter/logs": () =>
      new Response(new ReadableStream({ start: (controller) => controller.enqueue(line) })), // it stays open
  });
  const { code, out } = await berth(["logs", "-f", "counter", "--host", device.address], {
    interrupted: abort.signal,
    onOut: () => abort.abort(),
  });
  assertEquals(code, 0);
  assertStringIncludes(out, "one");
});

Deno.test("rm asks on a terminal, and anything but yes removes nothing", async () => {
  await using device = new FakeDevice({ "DELETE /berth/v1/services/counter": () => Response.json(COUNTER) });
  const no = await berth(["rm", "counter", "--host", device.address], { answers: [""] });
  assertEquals([no.out, device.got.length], ["Nothing was removed.\n", 0]);
  const yes = await berth(["rm", "counter", "--host", device.address], { answers: ["y"] });
  assertEquals([yes.out, device.got.length], ["✔ removed counter\n", 1]);
  assertEquals((await berth(["rm", "counter", "-y", "--host", device.address])).code, 0);
});

Deno.test("inspect says grants, limits and denials in plain words", async () => {
  await using device = new FakeDevice({
    "GET /berth/v1/services/counter": () =>
      Response.json({
        ...COUNTER,
        memory: "fresh",
        env: ["LEVEL"],
        grantsInWords: [{ name: "storage", allows: ["keeps keys and values"] }],
        limits: { memoryMaxBytes: 16_777_216, wallMaxMs: 30_000 },
      }),
  });
  const { out } = await berth(["inspect", "counter", "--host", device.address]);
  for (
    const part of [
      "counter 1.0.0  ready",
      "fresh for every request",
      "files 2",
      "storage   keeps keys",
      "16 MiB",
      "30.0 s",
    ]
  ) {
    assertStringIncludes(out, part);
  }
});

Deno.test("a device has a name, and its key with it", async () => {
  const folder = await Deno.makeTempDir({ prefix: "berth-cli-test-" });
  try {
    await using device = new FakeDevice(services);
    const env = { BERTH_CONFIG: join(folder, "conf", "devices.json"), BERTH_API_KEY: "another device's" };
    assertEquals((await berth(["device", "add", "pi", device.address, "--key", "bk_pi"], { env })).code, 0);
    assertEquals((await Deno.stat(env.BERTH_CONFIG)).mode! & 0o777, 0o600); // mode is there on POSIX
    assertMatch((await berth(["device", "ls"], { env })).out, /\npi +http:\/\/127\.0\.0\.1:\d+ +yes\n$/);
    assertEquals((await berth(["ls", "--host", "pi"], { env })).code, 0);
    assertEquals(device.got[0]?.headers.get("authorization"), "Bearer bk_pi");
    assertEquals((await berth(["device", "add", "10.0.0.5", "10.0.0.5"], { env })).code, 2);
    assertEquals((await berth(["device", "rm", "pi"], { env })).code, 0);
    assertEquals((await berth(["device", "rm", "pi"], { env })).code, 2);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("what cannot be undone is not done unasked: without a terminal it wants --yes", async () => {
  await using device = new FakeDevice({});
  for (const args of [["rm", "counter"], ["rm", "counter", "--json"]]) {
    const { code, err } = await berth([...args, "--host", device.address]);
    assertEquals(code, 2);
    assertStringIncludes(err, "Say so with --yes");
  }
  assertEquals(device.got, []);
});

Deno.test("an address that leads nowhere is told as what it is: a name, a port, a host that is away", async () => {
  const fixOf = async (address: string) => {
    const { code, err } = await berth(["ls", "--host", address, "--key", "k"]);
    assertEquals(code, 4);
    return err;
  };
  assertStringIncludes(await fixOf("nowhere.invalid"), "Nothing is known under this name");
  assertStringIncludes(await fixOf("127.0.0.1:1"), "give the host another one with --port");
  const free = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  free.close();
  assertStringIncludes(await fixOf(`127.0.0.1:${free.addr.port}`), "Start one with: berth serve");
});
