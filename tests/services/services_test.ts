import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { handler, message } from "../guests/wat.ts";
import { type TestHost, testHost, until } from "../host/harness.ts";
import { order, puppet, type Said, said } from "./puppet.ts";

const GRANT = { capabilities: { services: { allow: ["callee", "other-*"] } } };

/** Has the caller call a service; gives what the host said. */
async function call(test: TestHost, params: Record<string, unknown>, init: RequestInit = {}): Promise<Said> {
  const body = order("service.call", { path: "/", ...params });
  const headers = { ...init.headers, "content-length": String(body.length) };
  const answer = await test.call("/api/caller", { method: "POST", body, ...init, headers });
  const bytes = await answer.bytes();
  assertEquals(answer.status, 200, new TextDecoder().decode(bytes));
  return said(bytes);
}

Deno.test("a service calls another one, with method, path, headers and body, and gets its whole answer", async () => {
  await using test = await testHost();
  await test.deploy("caller", puppet(), GRANT);
  await test.deploy("callee", handler({ answer: "from the callee", status: 207 }));
  const { data } = await call(test, { service: "callee", path: "/a?b=1", method: "GET" });
  assertEquals([data?.status, new TextDecoder().decode(data?.body as Uint8Array)], [207, "from the callee"]);
  assert(
    (data?.headers as [string, string][]).some(([name]) => name === "content-type"),
    "headers come along",
  );
});

Deno.test("the callee sees the request as it was sent, and none of the caller's own headers", async () => {
  await using test = await testHost();
  await test.deploy("caller", puppet(), GRANT);
  await test.deploy("callee", echo());
  const { data } = await call(test, {
    service: "callee",
    path: "/p/../q%20r?x=ü",
    method: "post",
    headers: [["x-mine", "1"], ["host", "elsewhere"], ["transfer-encoding", "chunked"], [
      "content-length",
      "9",
    ]],
    body: "a body",
  }, { headers: { "x-of-the-client": "secret" } });
  const event = new TextDecoder("latin1").decode(data?.body as Uint8Array);
  assertStringIncludes(event, "/q%20r?x=%C3%BC");
  assertStringIncludes(event, "POST");
  assertStringIncludes(event, "x-mine");
  assertStringIncludes(event, "a body");
  for (const absent of ["x-of-the-client", "elsewhere", "chunked", "/p/"]) {
    assert(!event.includes(absent), absent);
  }
});

Deno.test("a call goes by the beginning of a name where the grant says so", async () => {
  await using test = await testHost();
  await test.deploy("caller", puppet(), GRANT);
  await test.deploy("other-one", handler({ answer: "one" }));
  const { data } = await call(test, { service: "other-one" });
  assertEquals(new TextDecoder().decode(data?.body as Uint8Array), "one");
});

Deno.test("large bodies pass both ways, and over their limit the guest is told", async () => {
  await using test = await testHost();
  await test.deploy("caller", puppet(), { ...GRANT, limits: { serviceCallMaxBytes: 400_000 } });
  await test.deploy("callee", echo());
  const fits = new Uint8Array(300_000).map((_, index) => index % 251);
  const { data } = await call(test, { service: "callee", method: "POST", body: fits });
  const echoed = data?.body as Uint8Array;
  assertEquals(echoed.subarray(-fits.length), fits);
  const over = await call(test, { service: "callee", method: "POST", body: new Uint8Array(400_001) });
  assertEquals(over.error?.code, "too-large");
  const answerOver = await call(test, { service: "callee", method: "POST", body: new Uint8Array(400_000) });
  assertEquals(answerOver.error?.code, "too-large", "the echo is longer than what it was sent");
});

Deno.test("a service that the grant does not name is denied, and the log names the line that would allow it", async () => {
  await using test = await testHost();
  const caller = await test.deploy("caller", puppet(), GRANT);
  await test.deploy("secret", handler());
  for (const service of ["secret", "callee2", "other", "api-callee", "Callee", "../secret"]) {
    assertEquals((await call(test, { service })).error?.code, "denied", service);
  }
  assertEquals(caller.counters.denials.services, 6);
  const [denial] = caller.recentDenials(100).filter(({ attempt }) => attempt.includes('"secret"'));
  assertStringIncludes(denial?.manifestLine ?? "", '"services": { "allow": ["secret"] }');
});

Deno.test("without the grant every call is denied", async () => {
  await using test = await testHost();
  await test.deploy("caller", puppet(), {});
  await test.deploy("callee", handler());
  const { error } = await call(test, { service: "callee" });
  assertEquals(error?.code, "denied");
  assertStringIncludes(error?.message ?? "", '"services"');
});

Deno.test("a service that is unknown, of another client, or does not start is unreachable", async () => {
  await using test = await testHost();
  await test.deploy("caller", puppet(), GRANT);
  assertEquals((await call(test, { service: "callee" })).error?.code, "unreachable");
  await test.deploy("callee", handler(), {}, { clientId: "stranger" });
  assertEquals((await call(test, { service: "callee" })).error?.code, "unreachable");
  const stopped = await test.deploy("other-stopped", handler());
  await stopped.stop(0);
  assertEquals((await call(test, { service: "other-stopped" })).error?.code, "unreachable");
});

Deno.test("a service without room is busy; one that fails answers as it would over HTTP", async () => {
  await using test = await testHost();
  await test.deploy("caller", puppet(), GRANT);
  await test.deploy("callee", handler({ body: "unreachable" }));
  const { data } = await call(test, { service: "callee" });
  assertEquals(data?.status, 500);
  assertStringIncludes(new TextDecoder().decode(data?.body as Uint8Array), "service-failed");
  const loop = handler({ body: "(loop $again (br $again))" });
  const limits = { concurrencyMaxCount: 1, queueMaxCount: 1, cpuMaxMs: 500 };
  await test.deploy("other-slow", loop, { limits, workers: 1 });
  const answers = await Promise.all([1, 2, 3, 4].map(() => call(test, { service: "other-slow" })));
  const codes = answers.map(({ error, data }) => error?.code ?? String(data?.status)).sort();
  assertEquals(codes, ["504", "504", "busy", "busy"]);
});

Deno.test("what HTTP forbids is invalid and reaches nobody", async () => {
  await using test = await testHost();
  await test.deploy("caller", puppet(), GRANT);
  const callee = await test.deploy("callee", handler());
  const cases: Record<string, unknown>[] = [
    { path: "no-slash" },
    { path: "/a b" },
    { path: "/a\r\nx: y" },
    { path: "/a#b" },
    { method: "BAD METHOD" },
    { method: "CONNECT" },
    { method: "GET", body: "x" },
    { headers: [["bad name", "x"]] },
    { headers: [["x", "a\r\nb: c"]] },
  ];
  for (const params of cases) {
    const { error } = await call(test, { service: "callee", ...params });
    assertEquals(error?.code, "invalid", JSON.stringify(params));
  }
  const headers = Array.from({ length: 200 }, (_, index) => [`h${index}`, "x"]);
  assertEquals((await call(test, { service: "callee", headers })).error?.code, "too-large");
  const long = { path: `/${"x".repeat(8_192)}` };
  assertMatch((await call(test, { service: "callee", ...long })).error?.code ?? "", /invalid|too-large/);
  assertEquals(callee.counters.requests, 0);
});

Deno.test("a path cannot leave the host that it is resolved on, nor the service", async () => {
  await using test = await testHost();
  await test.deploy("caller", puppet(), GRANT);
  await test.deploy("callee", echo());
  for (const path of ["//evil.example/x", "/../../mcm/v1/images", "/%2e%2e/x", "/@evil", "/\\evil"]) {
    const { data, error } = await call(test, { service: "callee", path });
    assertEquals([data?.status, error], [200, undefined], path);
  }
});

Deno.test("services that call each other without end are stopped by the depth of their calls", async () => {
  await using test = await testHost();
  const ping = await test.deploy("ping", looper("pong"), { capabilities: { services: { allow: ["pong"] } } });
  const pong = await test.deploy("pong", looper("ping"), { capabilities: { services: { allow: ["ping"] } } });
  const answer = await test.call("/api/ping", { headers: { "x-berth-depth": "-100", depth: "0" } });
  await answer.body?.cancel();
  assertEquals(
    [ping.counters.requests, pong.counters.requests],
    [5, 4],
    "eight calls below the first request",
  );
});

Deno.test("answering first and calling then does not reset the depth", async () => {
  await using test = await testHost();
  const one = await test.deploy("one", looper("one", true), {
    capabilities: { services: { allow: ["one"] } },
  });
  await (await test.call("/api/one")).body?.cancel();
  await until("the last call of the chain", () => one.counters.requests === 9);
  await until("all have ended", () => one.load.open === 0);
  assertEquals(one.counters.requests, 9);
});

Deno.test("the depth may be set lower", async () => {
  await using test = await testHost();
  const manifest = {
    capabilities: { services: { allow: ["one"] } },
    limits: { serviceCallDepthMaxCount: 2 },
  };
  const one = await test.deploy("one", looper("one"), manifest);
  await (await test.call("/api/one")).body?.cancel();
  assertEquals(one.counters.requests, 3);
});

/** A caller, a callee that calls on, and a third service that sleeps. */
async function chain(test: TestHost) {
  const caller = await test.deploy("caller", puppet(), { ...GRANT, limits: { serviceCallsMaxCount: 2 } });
  const callee = await test.deploy("callee", puppet(), {
    capabilities: { services: { allow: ["sleeper"] } },
  });
  const last = await test.deploy("sleeper", sleeper(), { capabilities: { clock: true } });
  const inner = order("service.call", { service: "sleeper", path: "/" });
  return { caller, callee, last, params: { service: "callee", path: "/", method: "POST", body: inner } };
}

Deno.test("a call has its own time", async () => {
  await using test = await testHost();
  const { callee, last, params } = await chain(test);
  const late = await call(test, { ...params, timeoutMs: 50 });
  assertEquals(late.error?.code, "timeout");
  await until("the callee is free", () => callee.load.open === 0);
  assertEquals(last.load.open, 1, "it does not end before the one that it waited for");
});

Deno.test("a request whose client leaves takes its calls with it, and theirs", async () => {
  await using test = await testHost();
  const { caller, callee, last, params } = await chain(test);
  const client = new AbortController();
  const body = order("service.call", params);
  const headers = { "content-length": String(body.length) };
  const left = test.call("/api/caller", { method: "POST", body, headers, signal: client.signal });
  await until("the call is under way", () => last.load.open > 0);
  client.abort();
  await until("the caller is free", () => caller.load.open === 0);
  await until("the callee is free", () => callee.load.open === 0);
  assertEquals(last.load.open, 1);
  await (await left.catch(() => null))?.body?.cancel();
});

Deno.test("a caller whose worker ends takes its calls with it", async () => {
  await using test = await testHost();
  const { caller, callee, last, params } = await chain(test);
  const body = order("service.call", params);
  const headers = { "content-length": String(body.length) };
  const asked = test.call("/api/caller", { method: "POST", body, headers });
  await until("the call is under way", () => last.load.open > 0);
  await caller.stop(0);
  assertEquals((await asked).status, 503);
  await until("the callee is free", () => callee.load.open === 0);
  assertEquals(last.load.open, 1);
});

Deno.test("calls under way are counted", async () => {
  await using test = await testHost();
  await test.deploy("caller", puppet(), { ...GRANT, limits: { serviceCallsMaxCount: 2 }, workers: 1 });
  await test.deploy("callee", handler({ body: "(loop $again (br $again))" }), { limits: { cpuMaxMs: 500 } });
  const answers = await Promise.all([1, 2, 3].map(() => call(test, { service: "callee" })));
  const codes = answers.map(({ error, data }) => error?.code ?? String(data?.status)).sort();
  assertEquals(codes, ["504", "504", "busy"]);
});

Deno.test("many calls at once keep apart", async () => {
  await using test = await testHost();
  await test.deploy("caller", puppet(), GRANT);
  await test.deploy("callee", echo());
  const answers = await Promise.all(
    Array.from(
      { length: 30 },
      (_, index) => call(test, { service: "callee", method: "POST", body: `n${index}.` }),
    ),
  );
  answers.forEach(({ data }, index) => {
    assert(
      new TextDecoder("latin1").decode(data?.body as Uint8Array).endsWith(`n${index}.`),
      `call ${index}`,
    );
  });
});

Deno.test("a manifest names services; everything at once is not offered", async () => {
  await using test = await testHost();
  for (
    const services of [true, { allow: [] }, { allow: ["*"] }, { allow: ["a/b"] }, { allow: ["a"], x: 1 }]
  ) {
    const deployed = test.deploy("wrong", puppet(), { capabilities: { services } });
    const problem = await deployed.then(() => "deployed", (error) => error.code);
    assertEquals(problem, "manifest-invalid", JSON.stringify(services));
  }
});

/** A guest that waits for a second and a half before it answers. */
function sleeper(): Uint8Array<ArrayBuffer> {
  return handler({
    imports: `(import "wasi_snapshot_preview1" "poll_oneoff"
      (func $poll (param i32 i32 i32 i32) (result i32)))`,
    body: `(i32.store (i32.const 8208) (i32.const 1)) (i64.store (i32.const 8216) (i64.const 1500000000))
      (drop (call $poll (i32.const 8192) (i32.const 9000) (i32.const 1) (i32.const 9100))) (call $send)`,
  });
}

/** A guest that answers with the bytes of its event. */
function echo(): Uint8Array<ArrayBuffer> {
  const head = `\\84\\a7jsonrpc\\a32.0\\a2id\\01\\a6method\\adresponse.send\\a6params\\91\\c6`;
  const length = 1 + 8 + 4 + 3 + 1 + 7 + 14 + 7 + 1 + 5;
  return handler({
    pages: [64, 64],
    fields: `(data (i32.const ${65536 - length}) "${head}")`,
    body: `(call $take (i32.const 65536) (local.get $event) (local.get $length))
      ${
      [24, 16, 8, 0].map((shift, index) =>
        `(i32.store8 (i32.const ${65536 - 4 + index}) (i32.shr_u (local.get $length) (i32.const ${shift})))`
      ).join("\n")
    }
      (call $request (i32.const 0) (i32.const ${65536 - length})
        (i32.add (local.get $length) (i32.const ${length})))`,
  });
}

/** A guest that calls a service whatever it is asked; it answers after that, or before. */
function looper(service: string, answersFirst = false): Uint8Array<ArrayBuffer> {
  const { text, length } = message("service.call", { service, path: "/" });
  const call = `(drop (call $hostcall (i32.const 8192) (i32.const ${length})))`;
  return handler({
    imports: `(import "berth" "call" (func $hostcall (param i32 i32) (result i32)))`,
    fields: `(data (i32.const 8192) "${text}") (func (export "berth_abi_1"))`,
    body: answersFirst ? `(call $send) ${call}` : `${call} (call $send)`,
  });
}
