import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { openHttp } from "./open.ts";
import {
  echoRequest,
  httpContext,
  openTest,
  refuses,
  requestTo,
  serveTest,
  tableLookup,
  textOf,
} from "./testing.ts";

Deno.test("http: a request goes out with its headers and body, and the answer comes back", async () => {
  await using server = await serveTest(echoRequest);
  using client = openTest([`http://127.0.0.1:${server.port}`]);
  const answer = await client.fetch(requestTo(`http://127.0.0.1:${server.port}/a/b?c=d#e`, {
    method: "post",
    headers: [["X-One", "1"], ["x-two", "a"], ["X-Two", "b"]],
    body: new TextEncoder().encode("hello"),
  }));
  assertEquals(answer.status, 200);
  assertEquals(answer.headers.filter(([name]) => name === "set-cookie").map(([, value]) => value), [
    "a=1",
    "b=2",
  ]);
  const seen = JSON.parse(await textOf(answer));
  assertEquals([seen.method, seen.url, seen.body], ["POST", "/a/b?c=d", "hello"]);
  assertEquals([seen.headers["x-one"], seen.headers["x-two"]], ["1", "a, b"]);
  assertEquals(seen.headers.host, `127.0.0.1:${server.port}`);
  assertEquals(seen.headers["content-length"], "5");
  assertEquals(client.usage, {
    requests: 1,
    denied: 0,
    sentBytes: 5,
    receivedBytes: client.usage.receivedBytes,
    open: 0,
  });
});

Deno.test("http: connections are kept and used again", async () => {
  await using server = await serveTest((_request, answer) => answer.end("hi"));
  using client = openTest([`http://127.0.0.1:${server.port}`]);
  for (let i = 0; i < 5; i++) {
    assertEquals(await textOf(await client.fetch(requestTo(`http://127.0.0.1:${server.port}/`))), "hi");
  }
  assertEquals([server.connections(), server.requests()], [1, 5]);
});

Deno.test("http: a kept connection that the server closed is replaced without an error", async () => {
  await using server = await serveTest((_request, answer) => {
    answer.end("hi", () => setTimeout(() => answer.socket?.destroy(), 0));
  });
  using client = openTest([`http://127.0.0.1:${server.port}`]);
  for (let i = 0; i < 20; i++) {
    assertEquals(await textOf(await client.fetch(requestTo(`http://127.0.0.1:${server.port}/`))), "hi");
    if (i % 2 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }
});

Deno.test("https: the name goes to the server and its certificate is checked against it", async () => {
  let name: unknown;
  await using server = await serveTest((request, answer) => {
    name = (request.socket as unknown as { servername?: unknown }).servername;
    answer.end(request.headers.host);
  }, true);
  const lookup = tableLookup(() => ["127.0.0.1"]);
  const { port } = server;
  using client = openTest([
    `https://svc.test:${port}`,
    `https://other.test:${port}`,
    `https://127.0.0.1:${port}`,
  ], { lookup });
  for (let i = 0; i < 3; i++) {
    assertEquals(
      await textOf(await client.fetch(requestTo(`https://svc.test:${port}/`))),
      `svc.test:${port}`,
    );
  }
  assertEquals([name, server.connections()], ["svc.test", 1]);
  assertEquals(
    await textOf(await client.fetch(requestTo(`https://127.0.0.1:${port}/`))),
    `127.0.0.1:${port}`,
  );
  const error = await refuses("unreachable", () => client.fetch(requestTo(`https://other.test:${port}/`)));
  assertStringIncludes(error.message, "certificate");
});

Deno.test("https: an authority that is not granted is not trusted", async () => {
  await using server = await serveTest((_request, answer) => answer.end("hi"), true);
  const client = openHttp({ allow: [`https://127.0.0.1:${server.port}`], authorities: [] }, httpContext());
  const error = await refuses(
    "unreachable",
    () => client.fetch(requestTo(`https://127.0.0.1:${server.port}/`)),
  );
  assertStringIncludes(error.message, "certificate");
  assertEquals(server.requests(), 0);
  client.close();
});

Deno.test("http: the time-out holds for an answer that does not come and for a body that does not end", async () => {
  await using server = await serveTest((request, answer) => {
    if (request.url === "/body") answer.write("some");
  });
  const url = `http://127.0.0.1:${server.port}`;
  using client = openTest([url], { limits: { egressMaxMs: 500 } });
  await refuses("timeout", () => client.fetch(requestTo(`${url}/head`)));
  await refuses("timeout", () => client.fetch(requestTo(`${url}/head`, { timeoutMs: 20 })));
  const answer = await client.fetch(requestTo(`${url}/body`));
  await refuses("timeout", () => answer.bytes());
  const unread = await client.fetch(requestTo(`${url}/body`));
  while (client.usage.open > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await refuses("timeout", () => unread.bytes());
  for (const timeoutMs of [0, -1, NaN]) {
    await refuses("invalid", () => client.fetch(requestTo(url, { timeoutMs })));
  }
});

Deno.test("http: the signal breaks a request off, before it starts, before the head and in the body", async () => {
  await using server = await serveTest((request, answer) => {
    if (request.url === "/body") answer.write("some");
  });
  const url = `http://127.0.0.1:${server.port}`;
  using client = openTest([url]);
  await refuses("aborted", () => client.fetch(requestTo(url, { signal: AbortSignal.abort() })));
  const head = new AbortController();
  setTimeout(() => head.abort(), 20);
  await refuses("aborted", () => client.fetch(requestTo(url, { signal: head.signal })));
  const body = new AbortController();
  const answer = await client.fetch(requestTo(`${url}/body`, { signal: body.signal }));
  const reader = answer.body.getReader();
  assertEquals(new TextDecoder().decode((await reader.read()).value), "some");
  body.abort();
  await refuses("aborted", () => reader.read());
  assertEquals(client.usage.open, 0);
});

Deno.test("http: one too many at once is refused, and there is room again afterwards", async () => {
  const waiting: (() => void)[] = [];
  await using server = await serveTest((_request, answer) => waiting.push(() => answer.end("x")));
  const url = `http://127.0.0.1:${server.port}`;
  using client = openTest([url], { limits: { egressConcurrencyMaxCount: 3 } });
  const all = Array.from({ length: 4 }, () => client.fetch(requestTo(url)).then(textOf));
  const settled = Promise.allSettled(all);
  while (waiting.length < 3) await new Promise((resolve) => setTimeout(resolve, 2));
  assertEquals(client.usage.open, 3);
  for (const answer of waiting.splice(0)) answer();
  const results = await settled;
  assertEquals(results.map((result) => result.status), ["fulfilled", "fulfilled", "fulfilled", "rejected"]);
  await refuses("busy", () => all[3] ?? Promise.resolve());
  const again = client.fetch(requestTo(url)).then(textOf);
  while (waiting.length < 1) await new Promise((resolve) => setTimeout(resolve, 2));
  waiting[0]?.();
  assertEquals(await again, "x");
});

Deno.test("http: closing breaks everything off, and nothing starts afterwards", async () => {
  await using server = await serveTest(() => {});
  const url = `http://127.0.0.1:${server.port}`;
  using client = openTest([url]);
  const call = client.fetch(requestTo(url));
  setTimeout(() => client.close(), 20);
  await refuses("closed", () => call);
  await refuses("closed", () => client.fetch(requestTo(url)));
  assertEquals(client.usage.open, 0);
});

Deno.test("http: connections that do not come about are bounded, however fast the calls are given up", async () => {
  let pending = 0;
  const lookup = () => void pending++;
  using client = openTest(["http://nowhere.test"], { lookup, limits: { egressConcurrencyMaxCount: 3 } });
  const codes: string[] = [];
  for (let i = 0; i < 6; i++) {
    const call = client.fetch(requestTo("http://nowhere.test/", { timeoutMs: 5 }));
    codes.push(await call.then(() => "answer", (error) => error.code));
  }
  assertEquals(codes, ["timeout", "timeout", "timeout", "busy", "busy", "busy"]);
  assertEquals([pending, client.usage.open], [3, 0]);
});

Deno.test("http: a service that calls many hosts keeps only so many connections", async () => {
  await using server = await serveTest((_request, answer) => answer.end("hi"));
  const lookup = tableLookup(() => ["127.0.0.1"]);
  const allow = [`http://*.many.test:${server.port}`, `http://127.0.0.1:${server.port}`];
  using client = openTest(allow, { lookup, limits: { egressConcurrencyMaxCount: 4 } });
  let open = 0;
  for (let i = 0; i < 30; i++) {
    assertEquals(await textOf(await client.fetch(requestTo(`http://h${i}.many.test:${server.port}/`))), "hi");
    open = Math.max(open, server.open());
  }
  assert(open >= 4 && open <= 10, `${open} connections at once`);
});

Deno.test("http: a host that is not there, refuses, or has no name says so", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  using client = openTest([`http://127.0.0.1:${port}`, "http://missing.test"], {
    lookup: tableLookup(() => []),
  });
  const refused = await refuses("unreachable", () => client.fetch(requestTo(`http://127.0.0.1:${port}/`)));
  assertStringIncludes(refused.message, "refused the connection");
  const missing = await refuses("unreachable", () => client.fetch(requestTo("http://missing.test/")));
  assertStringIncludes(missing.message, "name is not known");
});
