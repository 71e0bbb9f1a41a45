import { assert, assertEquals } from "@std/assert";
import { gzipSync } from "node:zlib";
import { echoRequest, openTest, refuses, requestTo, serveRaw, serveTest, textOf } from "./testing.ts";

Deno.test("http: an answer in gzip or brotli comes decoded, unless the guest asked for an encoding itself", async () => {
  const text = "text ".repeat(10_000);
  await using server = await serveTest((request, answer) => {
    if (!request.headers["accept-encoding"]?.includes("gzip")) return void answer.end(text);
    answer.setHeader("content-encoding", "gzip");
    answer.end(gzipSync(text));
  });
  const url = `http://127.0.0.1:${server.port}/`;
  using client = openTest([url.slice(0, -1)]);
  const plain = await client.fetch(requestTo(url));
  assertEquals(await textOf(plain), text);
  assert(!plain.headers.some(([name]) => name === "content-encoding" || name === "content-length"));
  const raw = await client.fetch(requestTo(url, { headers: [["accept-encoding", "gzip"]] }));
  assertEquals((await raw.bytes()).subarray(0, 2), new Uint8Array([0x1f, 0x8b]));
  const range = await client.fetch(requestTo(url, { headers: [["range", "bytes=0-"]] }));
  assertEquals(await textOf(range), text);
});

Deno.test("http: a decompression bomb is cut at the limit, and damage is an error", async () => {
  await using server = await serveTest((request, answer) => {
    answer.setHeader("content-encoding", "gzip");
    answer.end(request.url === "/bomb" ? gzipSync(new Uint8Array(64 << 20)) : "not gzip at all");
  });
  const url = `http://127.0.0.1:${server.port}`;
  using client = openTest([url], { limits: { egressResponseMaxBytes: 1 << 20 } });
  const bomb = await client.fetch(requestTo(`${url}/bomb`));
  await refuses("too-large", () => bomb.bytes());
  const broken = await client.fetch(requestTo(`${url}/broken`));
  await refuses("unreachable", () => broken.bytes());
  assertEquals(client.usage.open, 0);
});

Deno.test("http: compressed bytes that become nothing end at the limit too", async () => {
  const blocks = new Uint8Array(64 << 10).fill(0);
  for (let at = 0; at + 5 <= blocks.length; at += 5) blocks.set([0, 0, 0, 255, 255], at); // each stores no byte
  await using server = await serveTest((_request, answer) => {
    answer.setHeader("content-encoding", "gzip");
    answer.write(Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3));
    const more = () => {
      while (!answer.closed && answer.write(blocks.subarray(0, 65_535)));
      answer.once("drain", more);
    };
    more();
  });
  const url = `http://127.0.0.1:${server.port}`;
  using client = openTest([url], { limits: { egressResponseMaxBytes: 1 << 20 } });
  await refuses("too-large", async () => await (await client.fetch(requestTo(url))).bytes());
  // What cannot be compressed may be as long as the limit all the same.
  const noise = crypto.getRandomValues(new Uint8Array(60_000));
  await using other = await serveTest((_request, answer) => {
    answer.setHeader("content-encoding", "gzip");
    answer.end(gzipSync(noise));
  });
  const exact = `http://127.0.0.1:${other.port}`;
  using exactly = openTest([exact], { limits: { egressResponseMaxBytes: noise.length } });
  assertEquals((await (await exactly.fetch(requestTo(exact))).bytes()).length, noise.length);
});

Deno.test("http: an endless body streams until the limit and not further", async () => {
  await using server = await serveTest((_request, answer) => {
    const more = () => {
      while (answer.write(new Uint8Array(16 << 10)));
      answer.once("drain", more);
    };
    more();
  });
  const url = `http://127.0.0.1:${server.port}`;
  using client = openTest([url], { limits: { egressResponseMaxBytes: 1 << 20 } });
  const answer = await client.fetch(requestTo(url));
  let bytes = 0;
  await refuses("too-large", async () => {
    for await (const chunk of answer.body) bytes += chunk.length;
  });
  assert(bytes > (1 << 20) - (128 << 10) && bytes <= 1 << 20, `${bytes}`);
  await refuses("too-large", async () => (await client.fetch(requestTo(url))).bytes());
  assertEquals(client.usage.open, 0);
});

Deno.test("http: a length past the limit is refused before a byte is read; at the limit it passes", async () => {
  await using server = await serveTest((request, answer) => {
    answer.end(new Uint8Array(Number(request.url?.slice(1))));
  });
  const url = `http://127.0.0.1:${server.port}`;
  using client = openTest([url], { limits: { egressResponseMaxBytes: 1000 } });
  assertEquals((await (await client.fetch(requestTo(`${url}/1000`))).bytes()).length, 1000);
  const answer = await client.fetch(requestTo(`${url}/1001`));
  assertEquals(answer.status, 200);
  await refuses("too-large", () => answer.bytes());
  assertEquals(client.usage.receivedBytes, 1000);
});

for (const secure of [false, true]) {
  const scheme = secure ? "https" : "http";
  Deno.test(`${scheme}: a slow reader holds the sender back`, async () => {
    let sent = 0;
    await using server = await serveTest((_request, answer) => {
      const more = () => {
        do sent += 64 << 10; while (sent < 200 << 20 && answer.write(new Uint8Array(64 << 10)));
        answer.once("drain", more);
      };
      more();
    }, secure);
    const url = `${scheme}://127.0.0.1:${server.port}`;
    using client = openTest([url], { limits: { egressResponseMaxBytes: 1 << 30 } });
    const answer = await client.fetch(requestTo(url));
    const reader = answer.body.getReader();
    await reader.read();
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert(sent < 50 << 20, `${sent} bytes were taken for a reader that took one chunk`);
    await reader.cancel();
    assertEquals(client.usage.open, 0);
  });
}

Deno.test("http: a stream goes out as it comes, bounded, and as long as announced", async () => {
  await using server = await serveTest(echoRequest);
  const url = `http://127.0.0.1:${server.port}`;
  using client = openTest([url], { limits: { egressRequestMaxBytes: 100 } });
  const send = (length: number, headers: [string, string][] = []) =>
    client.fetch(requestTo(url, {
      method: "PUT",
      headers,
      body: ReadableStream.from(Array.from({ length }, () => new TextEncoder().encode("x"))),
    }));
  const seen = JSON.parse(await textOf(await send(100)));
  assertEquals([seen.body, seen.headers["transfer-encoding"]], ["x".repeat(100), "chunked"]);
  const announced = JSON.parse(await textOf(await send(3, [["content-length", "3"]])));
  assertEquals([announced.body, announced.headers["content-length"]], ["xxx", "3"]);
  await refuses("too-large", () => send(101));
  await refuses("too-large", () => send(1, [["content-length", "101"]]));
  await refuses("invalid", () => send(4, [["content-length", "3"]]));
  await refuses("invalid", () => send(2, [["content-length", "3"]]));
  const broken = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.error(new Error("gone")),
  });
  await refuses("aborted", () => client.fetch(requestTo(url, { method: "PUT", body: broken })));
  await refuses(
    "too-large",
    () => client.fetch(requestTo(url, { method: "PUT", body: new Uint8Array(101) })),
  );
  assertEquals(client.usage.open, 0);
});

Deno.test("http: answers that break off, lie about their length or are not HTTP are errors", async () => {
  const cases: readonly [string, "close" | "keep"][] = [
    ["", "close"],
    ["HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nshort", "close"],
    ["HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n", "close"],
    ["HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nhello\r\n", "keep"],
    ["HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello!", "keep"],
    ["HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", "keep"],
    ["HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n", "keep"],
    ["HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\nhello", "keep"],
    ["SSH-2.0-OpenSSH_9.2\r\n", "keep"],
    ["\0\u0001\u0002", "close"],
  ];
  for (const [answer, after] of cases) {
    await using server = serveRaw(answer, after);
    const url = `http://127.0.0.1:${server.port}`;
    using client = openTest([url], { limits: { egressMaxMs: 20_000 } });
    const error = await refuses("unreachable", async () => (await client.fetch(requestTo(url))).bytes());
    assert(!/timeout/.test(error.message), answer);
    assertEquals(client.usage.open, 0, answer);
  }
});

Deno.test("http: too many bytes of answer headers are refused", async () => {
  await using server = serveRaw(`HTTP/1.1 200 OK\r\nx: ${"y".repeat(100_000)}\r\n\r\n`, "keep");
  const url = `http://127.0.0.1:${server.port}`;
  using client = openTest([url]);
  await refuses("too-large", () => client.fetch(requestTo(url)));
});

Deno.test("http: what a server sends after its answer is not taken for the next answer", async () => {
  const ok = (body: string) => `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
  await using server = serveRaw(ok("first") + ok("smuggled"), "keep");
  const url = `http://127.0.0.1:${server.port}`;
  using client = openTest([url], { limits: { egressMaxMs: 500 } });
  for (let i = 0; i < 3; i++) {
    const text = await client.fetch(requestTo(url)).then(textOf).catch(() => "error");
    assert(text !== "smuggled", "an answer that nobody asked for");
  }
});

Deno.test("http: a body is read once, and answers without a body are complete at once", async () => {
  await using server = await serveTest((request, answer) => {
    if (request.url === "/204") answer.statusCode = 204;
    if (request.url === "/304") answer.statusCode = 304;
    answer.end(request.url === "/text" ? "text" : undefined);
  });
  const url = `http://127.0.0.1:${server.port}`;
  using client = openTest([url]);
  const answer = await client.fetch(requestTo(`${url}/text`));
  await answer.bytes();
  await refuses("invalid", () => answer.bytes());
  for (const [path, method] of [["/204", "GET"], ["/304", "GET"], ["/", "GET"], ["/text", "HEAD"]] as const) {
    const empty = await client.fetch(requestTo(url + path, { method }));
    while (client.usage.open > 0) await new Promise((resolve) => setTimeout(resolve, 1));
    assertEquals((await empty.bytes()).length, 0);
  }
  assertEquals(server.connections(), 1);
});

Deno.test("http: whoever makes a body learns that the call is over", async () => {
  await using server = await serveTest((request, answer) => {
    if (request.url === "/early") answer.end("enough");
  });
  const url = `http://127.0.0.1:${server.port}`;
  using client = openTest([url]);
  for (const path of ["/early", "/late"]) {
    let cancelled = () => {};
    const over = new Promise<void>((resolve) => cancelled = resolve);
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new Uint8Array(10)),
      cancel: () => cancelled(),
    });
    const call = client.fetch(
      requestTo(url + path, { method: "POST", body, timeoutMs: path === "/late" ? 30 : 5_000 }),
    );
    if (path === "/early") assertEquals(await textOf(await call), "enough");
    else await refuses("timeout", () => call);
    await over;
    assertEquals(client.usage.open, 0);
  }
});
