/** How answers are read, byte by byte: what is HTTP, what ends a body, and what is refused. */
import { assert, assertEquals } from "@std/assert";
import { fuzzAnswers, readInPieces, readPlainly } from "./answer_fuzz.ts";
import { openTest, refuses, requestTo, serveRaw, serveTest, textOf } from "./testing.ts";

Deno.test("answer: a short fuzz finds nothing, and reaches answers that are read and that are not", async () => {
  const counts = await fuzzAnswers(20261123, 1_500);
  assert(counts.read > 400 && counts.refused > 400, JSON.stringify(counts));
});

Deno.test("answer: what could be read in two ways is an error", async () => {
  const ok = "HTTP/1.1 200 OK\r\n";
  for (
    const text of [
      "HTTP/1.1 200 OK\ncontent-length: 1\n\nx",
      `${ok}content-length: 1\r\n folded: y\r\n\r\nx`,
      `${ok}content-length : 1\r\n\r\nx`,
      `${ok}content-length: +1\r\n\r\nx`,
      `${ok}content-length: 0x1\r\n\r\nx`,
      `${ok}content-length: 1, 1\r\n\r\nx`,
      `${ok}content-length: 1\r\ncontent-length: 1\r\n\r\nx`,
      `${ok}content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
      `${ok}transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
      `${ok}transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
      `${ok}transfer-encoding: identity\r\n\r\nx`,
      "HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
      "HTTP/2 200 OK\r\n\r\n",
      "HTTP/1.1 20 OK\r\n\r\n",
      "HTTP/1.1  200 OK\r\n\r\n",
      `${ok}x: a\0b\r\n\r\n`,
      `${ok}x: a\rb\r\n\r\n`,
      `${ok}: x\r\n\r\n`,
      `${ok}x\r\n\r\n`,
    ]
  ) {
    assertEquals(await readInPieces(text, [1000]), "unreachable", text);
    assertEquals(readPlainly(text), null, text);
  }
  const chunked = `${ok}transfer-encoding: chunked\r\n\r\n`;
  for (
    const body of [
      "100000000\r\n",
      "-1\r\nx\r\n0\r\n\r\n",
      "0x1\r\nx\r\n0\r\n\r\n",
      "1 \r\nx\r\n0\r\n\r\n",
      "1\nx\n0\n\n",
      "1\r\nxy\r\n0\r\n\r\n",
      "\r\n",
      ";a\r\n",
      `1;${"e".repeat(300)}\r\nx\r\n0\r\n\r\n`,
      "0\r\nx: a\nb\r\n\r\n",
      `0\r\n${"x: y\r\n".repeat(100)}\r\n`,
    ]
  ) assertEquals(await readInPieces(chunked + body, [7]), "unreachable", body);
});

Deno.test("answer: count and bytes of its headers are bounded", async () => {
  const answer = (headers: string, status: string) =>
    `HTTP/1.1 ${status}\r\n${headers}content-length: 0\r\n\r\n`;
  const limits = { egressHeadersMaxCount: 3, egressHeadersMaxBytes: 100 };
  const call = async (headers: string, status = "200 OK") => {
    await using server = serveRaw(answer(headers, status), "keep");
    const url = `http://127.0.0.1:${server.port}`;
    using client = openTest([url], { limits });
    return (await client.fetch(requestTo(url))).status;
  };
  assertEquals(await call("a: 1\r\nb: 2\r\n"), 200);
  await refuses("too-large", () => call("a: 1\r\nb: 2\r\nc: 3\r\n"));
  assertEquals(await call(`a: ${"x".repeat(84)}\r\n`), 200);
  await refuses("too-large", () => call(`a: ${"x".repeat(85)}\r\n`));
  // Answers before the answer count too: an endless row of them ends.
  await refuses(
    "too-large",
    () => call(`\r\n${"HTTP/1.1 100 Continue\r\n\r\n".repeat(100)}HTTP/1.1 200 OK\r\n`, "100 Continue"),
  );
});

Deno.test("answer: those before the answer are passed over, and a change of protocol is refused", async () => {
  const early = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\n";
  await using server = serveRaw(`${early}HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi`, "keep");
  const url = `http://127.0.0.1:${server.port}`;
  using client = openTest([url]);
  const answer = await client.fetch(requestTo(url));
  assertEquals([answer.status, answer.headers, await textOf(answer)], [200, [["content-length", "2"]], "hi"]);
});

Deno.test("answer: bodies of every framing arrive whole, over each kind of connection", async () => {
  const body = Uint8Array.from({ length: 700_000 }, (_, at) => at * 31 >> 3);
  for (const secure of [false, true]) {
    await using server = await serveTest((request, answer) => {
      if (request.url === "/length") answer.setHeader("content-length", body.length);
      if (request.url === "/close") {
        answer.removeHeader("transfer-encoding");
        answer.shouldKeepAlive = false;
        answer.useChunkedEncodingByDefault = false;
      }
      for (let at = 0, size = 1; at < body.length; at += size, size = size * 3 % 70_001 + 1) {
        answer.write(body.subarray(at, at + size));
      }
      answer.end();
    }, secure);
    const scheme = secure ? "https" : "http";
    const hosts = ["127.0.0.1", "localhost"];
    using client = openTest(hosts.map((host) => `${scheme}://${host}:${server.port}`));
    for (const host of hosts) {
      for (const path of ["/length", "/chunked", "/close"]) {
        const url = `${scheme}://${host}:${server.port}${path}`;
        const whole = await (await client.fetch(requestTo(url))).bytes();
        assert(whole.length === body.length && whole.every((byte, at) => byte === body[at]), url);
        let at = 0;
        for await (const piece of (await client.fetch(requestTo(url))).body) {
          assert(piece.every((byte, index) => byte === body[at + index]), url);
          at += piece.length;
        }
        assertEquals(at, body.length, url);
      }
    }
    assertEquals(client.usage.open, 0);
  }
});
