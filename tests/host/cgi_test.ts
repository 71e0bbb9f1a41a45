/** A program with a `main`, without any SDK, as a service. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { buildCpp } from "../guests/build.ts";
import { testHost } from "./harness.ts";

const program = await buildCpp(new URL("../guests/cgi.cpp", import.meta.url));

async function service() {
  const test = await testHost({ idleMs: 0 });
  await test.deploy("cgi", program, {
    capabilities: { stdio: true, env: ["LEVEL"] },
    limits: { messageMaxBytes: 65_536 },
  }, { env: { LEVEL: "high", SECRET: "kept" } });
  const ask = async (path: string, init?: RequestInit) => {
    const answer = await test.call(`/api/cgi${path}`, init);
    return { answer, text: await answer.text() };
  };
  return { test, ask };
}

Deno.test("cgi: the request comes as variables; what a client must not set is not there", async () => {
  const { test, ask } = await service();
  await using _ = test;
  const { answer, text } = await ask("/variables/a%20b?x=1&y=%32", {
    method: "PUT",
    headers: { "x-colour": "red", "proxy": "http://evil.test", "x_spoof": "1", "content-type": "text/x" },
    body: "12345",
  });
  assertEquals([answer.status, answer.headers.get("content-type")], [200, "text/plain"]);
  assertEquals(text.trim().split("\n").sort(), [
    "CONTENT_LENGTH=5",
    "CONTENT_TYPE=text/x",
    "HTTP_X_COLOUR=red",
    "LEVEL=high",
    "PATH_INFO=/variables/a b",
    "QUERY_STRING=x=1&y=%32",
    "REQUEST_METHOD=PUT",
    "SCRIPT_NAME=/api/cgi",
  ]);
});

Deno.test("cgi: the body is the input, the output the answer, byte for byte", async () => {
  const { test, ask } = await service();
  await using _ = test;
  for (const length of [0, 1, 4096, 40_000]) {
    const body = "y".repeat(length);
    assertEquals((await ask("/echo", { method: "POST", body })).text, body);
  }
});

Deno.test("cgi: every request runs the program anew", async () => {
  const { test, ask } = await service();
  await using _ = test;
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask("/runs")));
  assertEquals(new Set(answers.map(({ text }) => text)), new Set(["1"]));
});

Deno.test("cgi: status, location and repeated headers", async () => {
  const { test, ask } = await service();
  await using _ = test;
  const missing = await ask("/missing");
  assertEquals([missing.answer.status, missing.text], [404, "no"]);
  assertEquals(missing.answer.headers.getSetCookie(), ["a=1", "b=2"]);
  const moved = await ask("/moved");
  assertEquals([moved.answer.status, moved.answer.headers.get("location")], [302, "/elsewhere"]);
});

Deno.test("cgi: no head, nothing, too much are 502, a bad exit 500, and the next request is served", async () => {
  const { test, ask } = await service();
  await using _ = test;
  const expected = { "/headless": 502, "/nothing": 502, "/many": 502, "/failed": 500 };
  for (const [path, status] of Object.entries(expected)) {
    const { answer } = await ask(path);
    assertEquals([path, answer.status], [path, status]);
    assertEquals((await ask("/runs")).text, "1");
  }
  const large = await ask("/echo", { method: "POST", body: "z".repeat(100_000) });
  assertEquals(large.answer.status, 413);
});

Deno.test("cgi: standard error goes to the log, standard output does not", async () => {
  const { test, ask } = await service();
  await using _ = test;
  await ask("/log");
  const log = JSON.stringify(await (await test.manage("/berth/v1/services/api-cgi/logs")).text());
  assertStringIncludes(log, "said to the log");
  assert(!log.includes("Content-Type"), log);
});

Deno.test("cgi: shared state is refused at deploy", async () => {
  await using test = await testHost();
  const error = await assertRejects(() => test.deploy("cgi", program, { state: "shared" }));
  assertStringIncludes(String(error), "runs once for each request");
});
