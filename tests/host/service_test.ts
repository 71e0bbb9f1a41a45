import {
  assert,
  assertEquals,
  assertGreater,
  assertLess,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { BerthError } from "../../mod.ts";
import { RESERVED_SEGMENTS } from "../../runtime/reserved.ts";
import { serveHost } from "../../runtime/server/serve.ts";
import { assemble, handler } from "../guests/wat.ts";
import { testHost, until } from "./harness.ts";

const LOOP = "(loop $again (br $again))";

Deno.test("a service in a tar answers under its address, over a real socket", async () => {
  await using test = await testHost();
  const service = await test.deploy("hello", handler({ answer: "hello from wasm", status: 201 }));
  assertEquals(service.deployment.address, "/api/hello");
  const server = serveHost(test.host, { hostname: "127.0.0.1", port: 0 });
  const answer = await fetch(`${server.origin}/api/hello/any/path?x=1`, { method: "POST", body: "a body" });
  assertEquals([answer.status, await answer.text()], [201, "hello from wasm"]);
  const head = await fetch(`${server.origin}/api/hello`, { method: "HEAD" });
  assertEquals([head.status, await head.text()], [201, ""]);
  await server.stop(1000);
});

Deno.test("a path that no service has is a problem with a code and a fix", async () => {
  await using test = await testHost();
  const answer = await test.call("/api/nothing");
  const problem = await answer.json();
  assertEquals([answer.status, answer.headers.get("content-type")], [404, "application/problem+json"]);
  assertEquals(problem.code, "route-unknown");
  assertStringIncludes(problem.fix, "berth ls");
});

Deno.test("no client can take a path of the host, and a path is taken as it is written", async () => {
  await using test = await testHost();
  for (const clientId of RESERVED_SEGMENTS) {
    await assertRejects(
      () => test.deploy("x", handler(), { path: "/v1/services" }, { clientId }),
      BerthError,
      "client",
    );
  }
  await test.deploy("x", handler({ answer: "a service" }), { path: "/v1" }, { clientId: "mine" });
  for (
    const path of [
      "/mine/v1/../../berth/v1/services",
      "/mine/v1/%2e%2e/%2e%2e/mcm/v1/images",
      "/mine/v1//mcm",
    ]
  ) {
    const answer = await test.host.fetch(new RawRequest(path));
    assertEquals(await answer.text(), "a service", path);
  }
  for (const path of ["//mine/v1", "/%6dine/v1", "/mine%2fv1"]) {
    assertEquals((await test.host.fetch(new RawRequest(path))).status, 404, path);
  }
});

/** A request whose URL is not normalised, as a server gets it from a socket. */
class RawRequest extends Request {
  constructor(private readonly path: string) {
    super("http://berth.test/");
  }
  override get url(): string {
    return `http://berth.test${this.path}`;
  }
}

Deno.test("each request gets a fresh state; with shared state memory lives on", async () => {
  await using test = await testHost();
  const module = countingModule();
  await test.deploy("fresh", module);
  await test.deploy("shared", module, { state: "shared" });
  const ask = async (name: string) => await (await test.call(`/api/${name}`)).text();
  assertEquals([await ask("fresh"), await ask("fresh"), await ask("fresh")], ["2", "2", "2"]);
  assertEquals([await ask("shared"), await ask("shared"), await ask("shared")], ["2", "4", "6"]);
});

Deno.test("requests to a shared state are served one after the other, none twice and none lost", async () => {
  await using test = await testHost();
  await test.deploy("shared", countingModule(), { state: "shared" });
  const ask = async () => await (await test.call("/api/shared")).bytes();
  const answers = await Promise.all(Array.from({ length: 30 }, ask));
  const counts = answers.map(([byte]) => ((byte ?? 0) - 48) / 2).sort((a, b) => a - b);
  assertEquals(counts, Array.from({ length: 30 }, (_, index) => index + 1));
});

function countingModule(): Uint8Array<ArrayBuffer> {
  // The answer's text is one byte; it is found in the message by its value.
  return handler({
    answer: "\u0001",
    fields: `(global $count (mut i32) (i32.const 0))
      (func $at (result i32) (local $i i32)
        (local.set $i (i32.const 1024))
        (loop $look
          (if (i32.eq (i32.load16_u (local.get $i)) (i32.const 0x01a1)) (then (return (i32.add (local.get $i) (i32.const 1)))))
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br $look))
        (unreachable))
      (global $where (mut i32) (i32.const 0))`,
    body: `(if (i32.eqz (global.get $where)) (then (global.set $where (call $at))))
      (global.set $count (i32.add (global.get $count) (i32.const 1)))
      (i32.store (i32.const 9000) (i32.add (i32.load (i32.const 9000)) (i32.const 1)))
      (i32.store8 (global.get $where) (i32.add (i32.const 48) (i32.add (global.get $count) (i32.load (i32.const 9000)))))
      (call $send)`,
  });
}

Deno.test("a trap is a 500 with the request's id, the backtrace is in the log, the next request is served", async () => {
  await using test = await testHost();
  // Traps when the URL in the event is long.
  const service = await test.deploy(
    "fragile",
    handler({
      fields: "(func $fall_down (unreachable))",
      body: "(if (i32.gt_u (local.get $length) (i32.const 2000)) (then (call $fall_down))) (call $send)",
    }),
  );
  const answer = await test.call(`/api/fragile?${"x".repeat(2000)}`);
  const problem = await answer.json();
  assertEquals([answer.status, problem.code], [500, "service-failed"]);
  assertMatch(problem.requestId, /^[0-9a-f]{8}-\w+$/);
  assertEquals(answer.headers.get("x-request-id"), problem.requestId);
  const line = service.log.tail(10).find((entry) => entry.requestId === problem.requestId);
  assertStringIncludes(String(line?.fields?.backtrace), "fall_down");
  assertEquals((await test.call("/api/fragile")).status, 200);
});

Deno.test("a loop is stopped at its wall limit with 504, and its neighbour in the same worker is not harmed", async () => {
  await using test = await testHost();
  const module = handler({
    body: `(if (i32.gt_u (local.get $length) (i32.const 2000)) (then ${LOOP})) (call $send)`,
  });
  const service = await test.deploy("looping", module, { limits: { wallMaxMs: 200 } });
  for (let round = 0; round < 3; round++) {
    const began = performance.now();
    const stuck = test.call(`/api/looping?${"x".repeat(2000)}`);
    const neighbour = test.call("/api/looping");
    const answer = await stuck;
    const problem = await answer.json();
    assertEquals([answer.status, problem.code], [504, "time-over"]);
    assertLess(performance.now() - began, 5000);
    assertEquals([(await neighbour).status, await (await neighbour).text()], [200, "ok"]);
  }
  assertEquals(service.load.workers, 1, "the worker was not lost");
});

Deno.test("a request that computes too long is stopped at its CPU limit", async () => {
  await using test = await testHost();
  const module = handler({
    body: `(if (i32.gt_u (local.get $length) (i32.const 2000)) (then ${LOOP})) (call $send)`,
  });
  await test.deploy("computing", module, { limits: { cpuMaxMs: 100, wallMaxMs: 20_000 } });
  const answer = await test.call(`/api/computing?${"x".repeat(2000)}`);
  assertEquals([answer.status, (await answer.json()).code], [504, "cpu-over"]);
});

Deno.test("a service that loops or traps at its start, or could never answer, is refused at deploy, and nothing of it stays", async () => {
  await using test = await testHost();
  const looping = handler({ fields: `(func $begin ${LOOP}) (start $begin)` });
  const trapping = handler({ fields: `(func (export "_initialize") (unreachable))` });
  const mute = assemble(`(module (func (export "mk_module_on_event") (param i64 i32)))`);
  for (const [module, reason] of [[looping, "time"], [trapping, "unreachable"], [mute, "imports"]] as const) {
    const error = await assertRejects<BerthError>(
      () => test.deploy("bad", module, { limits: { startMaxMs: 200 } }),
      BerthError,
    );
    assertEquals(error.code, "start-failed", `${error.message}, expected for ${reason}`);
    assertEquals(test.host.services("api").length, 0);
    assertEquals((await test.call("/api/bad")).status, 404);
    assertEquals([...Deno.readDirSync(`${test.folder}/services`)].length, 0);
  }
});

Deno.test("a folder that is not there, or is none, is told to whoever deploys", async () => {
  await using test = await testHost();
  const file = `${test.folder}/a-file`;
  await Deno.writeTextFile(file, "");
  for (
    const [host, why] of [[`${test.folder}/nothing`, "does not exist"], [file, "is not a folder"]] as const
  ) {
    const mounts = [{ guest: "/logs", host, access: "read" }];
    const error = await assertRejects<BerthError>(
      () => test.deploy("reader", handler({}), { capabilities: { files: { mounts } } }),
      BerthError,
    );
    assertEquals(error.code, "deployment-invalid");
    assertStringIncludes(error.detail, "mount /logs");
    assertStringIncludes(error.detail, why);
  }
});

Deno.test("a start that fails after something was denied says which line of berth.json is missing", async () => {
  await using test = await testHost();
  const clock =
    `(import "wasi_snapshot_preview1" "clock_time_get" (func $now (param i32 i64 i32) (result i32)))`;
  const start = `(func (export "_initialize")
    (if (call $now (i32.const 1) (i64.const 1) (i32.const 0)) (then unreachable)))`;
  const error = await assertRejects<BerthError>(
    () => test.deploy("bad", handler({ imports: clock, fields: start })),
    BerthError,
  );
  assertEquals(error.code, "start-failed");
  assertStringIncludes(error.detail, '"clock": true');
});

Deno.test("over its concurrency and queue a service answers 503 with Retry-After at once", async () => {
  await using test = await testHost();
  const module = handler({
    body: `(if (i32.gt_u (local.get $length) (i32.const 2000)) (then ${LOOP})) (call $send)`,
  });
  await test.deploy("small", module, {
    limits: { concurrencyMaxCount: 1, queueMaxCount: 2, wallMaxMs: 300 },
  });
  const slow = Array.from({ length: 8 }, () => test.call(`/api/small?${"x".repeat(2000)}`));
  const answers = await Promise.all(slow);
  const statuses = answers.map((answer) => answer.status).sort();
  assertEquals(statuses, [503, 503, 503, 503, 503, 504, 504, 504]);
  const busy = answers.find((answer) => answer.status === 503);
  assertEquals([busy?.headers.get("retry-after"), (await busy?.json()).code], ["1", "service-busy"]);
  assertEquals((await test.call("/api/small")).status, 200);
});

Deno.test("memory.grow past the limit gives -1 to the guest and nothing to its neighbours", async () => {
  await using test = await testHost();
  // Grows until it gets -1, then answers; one that had to trap would give 500.
  const module = handler({
    pages: [2, 65536],
    body: `(loop $more (br_if $more (i32.ne (memory.grow (i32.const 16)) (i32.const -1)))) (call $send)`,
  });
  await test.deploy("growing", module, { limits: { memoryMaxBytes: 4 << 20 } });
  for (let i = 0; i < 3; i++) assertEquals((await test.call("/api/growing")).status, 200);
});

Deno.test("an update takes over without a lost request, and a version that cannot start changes nothing", async () => {
  await using test = await testHost();
  await test.deploy("moving", handler({ answer: "one" }));
  let running = true;
  const seen = new Map<string, number>();
  const load = (async () => {
    while (running) {
      const answer = await test.call("/api/moving");
      const key = `${answer.status} ${await answer.text()}`;
      seen.set(key, (seen.get(key) ?? 0) + 1);
    }
  })();
  await test.deploy("moving", handler({ answer: "two" }), { version: "1.1.0" });
  await assertRejects(() =>
    test.deploy("moving", handler({ fields: `(func (export "_initialize") (unreachable))` }))
  );
  const after = await test.call("/api/moving");
  assertEquals(await after.text(), "two");
  running = false;
  await load;
  assertEquals([...seen.keys()].sort(), seen.has("200 two") ? ["200 one", "200 two"] : ["200 one"]);
});

Deno.test("a service that sleeps is back on the next request", async () => {
  await using test = await testHost({ idleMs: 50 });
  const service = await test.deploy("sleepy", handler());
  await until("the service sleeps", () => service.state === "asleep" && service.load.workers === 0);
  assertEquals((await test.call("/api/sleepy")).status, 200);
  assertEquals(service.state, "running");
});

Deno.test("hundreds of requests at once, in one worker and in several, are all answered", async () => {
  await using test = await testHost();
  for (const workers of [1, 2]) {
    const name = `many-${workers}`;
    const service = await test.deploy(name, handler(), { workers });
    const answers = await Promise.all(Array.from({ length: 300 }, () => test.call(`/api/${name}`)));
    assertEquals(answers.filter((answer) => answer.status !== 200).length, 0);
    assertEquals(service.counters.requests, 300);
    assertGreater(service.cpuMs, 0);
  }
  assert(test.host.health().services === 2);
});
