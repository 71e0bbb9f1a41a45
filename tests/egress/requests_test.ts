/** Requests as a hostile guest writes them. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { openTest, refuses, requestTo, serveTest, textOf } from "../../capabilities/http/testing.ts";

Deno.test("request: every spelling of an address that is not allowed is refused", async () => {
  await using server = await serveTest((_request, answer) => answer.end("secret"));
  using client = openTest(["https://api.example.com", `http://localhost:${server.port + 1}`]);
  for (
    const host of [
      "127.0.0.1",
      "127.1",
      "0x7f.1",
      "0177.0.0.1",
      "2130706433",
      "[::ffff:127.0.0.1]",
      "[::ffff:7f00:1]",
      "0.0.0.0",
      "0",
      "[::]",
      "[::1]",
      "localhost",
      "LOCALHOST.",
    ]
  ) {
    const error = await refuses("denied", () => client.fetch(requestTo(`http://${host}:${server.port}/`)));
    assertStringIncludes(error.manifestLine, `:${server.port}"]}`);
  }
  assertEquals([server.connections(), client.usage.denied], [0, 13]);
});

Deno.test("request: every spelling of an allowed address is one connection to it", async () => {
  await using server = await serveTest((request, answer) => answer.end(request.headers.host));
  using client = openTest([`http://127.0.0.1:${server.port}`]);
  for (const host of ["127.0.0.1", "127.1", "0x7f.1", "0177.0.0.1", "2130706433", "[::ffff:7f00:1]"]) {
    const text = await textOf(await client.fetch(requestTo(`http://${host}:${server.port}/`)));
    assertEquals(text, `127.0.0.1:${server.port}`);
  }
  assertEquals(server.connections(), 1);
});

Deno.test("request: relative URLs and URLs with credentials are refused, whatever the guest sets as host", async () => {
  await using server = await serveTest((_request, answer) => answer.end());
  using client = openTest([`http://127.0.0.1:${server.port}`]);
  const headers: [string, string][] = [["host", `127.0.0.1:${server.port}`]];
  for (
    const url of [
      "/path",
      "//127.0.0.1/",
      "path",
      "*",
      `127.0.0.1:${server.port}`,
      `http://user:pass@127.0.0.1:${server.port}/`,
      `http://evil.test@127.0.0.1:${server.port}/`,
      `http://127.0.0.1:${server.port}\\@evil.test/`,
    ]
  ) await refuses("invalid", () => client.fetch(requestTo(url, { headers })));
  assertEquals(server.connections(), 0);
});

Deno.test("request: headers of the connection, line breaks and odd names are refused", async () => {
  await using server = await serveTest((_request, answer) => answer.end());
  const url = `http://127.0.0.1:${server.port}/`;
  using client = openTest([url.slice(0, -1)]);
  const bad: [string, string][] = [
    ["Connection", "close"],
    ["keep-alive", "1"],
    ["Proxy-Authorization", "x"],
    ["proxy-connection", "x"],
    ["TE", "trailers"],
    ["Trailer", "x"],
    ["Transfer-Encoding", "chunked"],
    ["Upgrade", "h2c"],
    ["HTTP2-Settings", "x"],
    ["Expect", "100-continue"],
    ["Host", "evil.test"],
    ["content-length", "5"],
    ["content-length", "-1"],
    ["content-length", "0, 0"],
    ["x", "a\r\nb: c"],
    ["x", "a\nb"],
    ["x", "a\rb"],
    ["x", "a\0b"],
    ["x", "\u0100"],
    ["x\r\ny", "a"],
    ["x y", "a"],
    ["x:", "a"],
    [":path", "/"],
    ["", "a"],
    ["ü", "a"],
  ];
  for (const header of bad) {
    const error = await refuses("invalid", () => client.fetch(requestTo(url, { headers: [header] })));
    assert(!error.message.includes("\n"), error.message);
  }
  await refuses(
    "invalid",
    () => client.fetch(requestTo(url, { headers: [["content-length", "0"], ["Content-Length", "0"]] })),
  );
  assertEquals(server.connections(), 0);
});

Deno.test("request: header names that mean something to JavaScript are only names", async () => {
  await using server = await serveTest((request, answer) => answer.end(request.rawHeaders.join("|")));
  const url = `http://127.0.0.1:${server.port}/`;
  using client = openTest([url.slice(0, -1)]);
  const headers: [string, string][] = [["__proto__", "a"], ["constructor", "b"], ["host", url.slice(7, -1)]];
  const seen = await textOf(await client.fetch(requestTo(url, { headers })));
  assertStringIncludes(seen, "__proto__|a|constructor|b");
  assertEquals(seen.toLowerCase().split("host").length, 2, "one Host header");
});

Deno.test("request: count and bytes of headers and the length of the URL are bounded", async () => {
  await using server = await serveTest((_request, answer) => {
    answer.sendDate = false; // the same bounds hold for the answer
    answer.end();
  });
  const url = `http://127.0.0.1:${server.port}/`;
  const limits = { egressHeadersMaxCount: 3, egressHeadersMaxBytes: 100, egressUrlMaxBytes: 100 };
  using client = openTest([url.slice(0, -1)], { limits });
  const headers = (count: number): [string, string][] =>
    Array.from({ length: count }, (_, i) => [`x${i}`, ""]);
  assertEquals((await client.fetch(requestTo(url, { headers: headers(3) }))).status, 200);
  await refuses("too-large", () => client.fetch(requestTo(url, { headers: headers(4) })));
  assertEquals((await client.fetch(requestTo(url, { headers: [["x", "y".repeat(99)]] }))).status, 200);
  await refuses("too-large", () => client.fetch(requestTo(url, { headers: [["x", "y".repeat(100)]] })));
  assertEquals((await client.fetch(requestTo(url.padEnd(100, "x")))).status, 200);
  await refuses("too-large", () => client.fetch(requestTo(url.padEnd(101, "x"))));
});

Deno.test("request: methods that reach past the request are refused", async () => {
  await using server = await serveTest((request, answer) => answer.end(request.method));
  const url = `http://127.0.0.1:${server.port}/`;
  using client = openTest([url.slice(0, -1)]);
  for (
    const method of [
      "CONNECT",
      "connect",
      "TRACE",
      "TRACK",
      "",
      "GET /x",
      "GET\r\nx:",
      "G\0T",
      "x".repeat(33),
    ]
  ) {
    await refuses("invalid", () => client.fetch(requestTo(url, { method })));
  }
  assertEquals(server.connections(), 0);
  assertEquals(
    await textOf(await client.fetch(requestTo(url, { method: "patch", body: new Uint8Array(1) }))),
    "PATCH",
  );
});
