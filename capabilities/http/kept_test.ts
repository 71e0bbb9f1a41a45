/** Kept connections: when one is used again, when not, and what is sent a second time. */
import { assertEquals } from "@std/assert";
import { openTest, refuses, requestTo, serveTest, textOf } from "./testing.ts";

/** A server that says `reply(request number on the connection, connection number)` to every request; `null` hangs up. */
function serveLines(reply: (request: number, connection: number) => string | null) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const heard: string[] = [];
  const open = new Set<Deno.Conn>();
  let connections = 0;
  const talk = async (conn: Deno.Conn, connection: number) => {
    const buffer = new Uint8Array(4096);
    for (let request = 0;; request++) {
      const count = await conn.read(buffer);
      if (count === null) break;
      heard.push(new TextDecoder().decode(buffer.subarray(0, count)).split(" ")[0] ?? "");
      const answer = reply(request, connection);
      if (answer === null) break;
      await conn.write(new TextEncoder().encode(answer));
    }
    conn.close();
  };
  (async () => {
    for await (const conn of listener) {
      open.add(conn);
      talk(conn, connections++).catch(() => {});
    }
  })().catch(() => {});
  return {
    url: `http://127.0.0.1:${listener.addr.port}`,
    heard,
    connections: () => connections,
    [Symbol.dispose]() {
      listener.close();
      for (const conn of open) {
        try {
          conn.close();
        } catch {
          // closed already
        }
      }
    },
  };
}

const answer = (body: string, headers = "") =>
  `HTTP/1.1 200 OK\r\n${headers}content-length: ${body.length}\r\n\r\n${body}`;

Deno.test("kept: only what may be repeated is sent again when the server had hung up, and only once", async () => {
  for (
    const [method, sent] of [["GET", true], ["PUT", true], ["DELETE", true], ["POST", false], [
      "PATCH",
      false,
    ]] as const
  ) {
    using server = serveLines((request, connection) => request > 0 && connection === 0 ? null : answer("hi"));
    using client = openTest([server.url]);
    assertEquals(await textOf(await client.fetch(requestTo(server.url))), "hi");
    const call = () => client.fetch(requestTo(server.url, { method })).then(textOf);
    if (sent) assertEquals(await call(), "hi", method);
    else await refuses("unreachable", call);
    assertEquals(server.heard, ["GET", method, ...(sent ? [method] : [])]);
  }
  using never = serveLines((request) => request > 0 ? null : answer("hi"));
  using client = openTest([never.url]);
  await textOf(await client.fetch(requestTo(never.url)));
  assertEquals(
    await textOf(await client.fetch(requestTo(never.url))),
    "hi",
    "the second one is a new connection",
  );
  using broken = serveLines((request) => request > 0 ? "HTTP/1.1 2" : answer("hi"));
  using other = openTest([broken.url], { limits: { egressMaxMs: 200 } });
  await textOf(await other.fetch(requestTo(broken.url)));
  await refuses("timeout", () => other.fetch(requestTo(broken.url)));
  assertEquals(broken.heard.length, 2, "an answer had begun");
});

Deno.test("kept: bytes that nobody asked for end the connection, also when they come later", async () => {
  await using server = await serveTest((request, reply) => {
    const { socket } = request;
    reply.end("first", () => setTimeout(() => socket.write(answer("smuggled")), 5));
  });
  const url = `http://127.0.0.1:${server.port}`;
  using client = openTest([url]);
  assertEquals(await textOf(await client.fetch(requestTo(url))), "first");
  while (server.open() > 0) await new Promise((resolve) => setTimeout(resolve, 2));
  assertEquals(await textOf(await client.fetch(requestTo(url))), "first");
  assertEquals(server.connections(), 2);
});

Deno.test("kept: a connection that the server will close soon, or whose answer or request is not over, is not used again", async () => {
  for (
    const headers of [
      "keep-alive: timeout=1\r\n",
      "connection: close\r\n",
      "connection: x, Close\r\nconnection: keep-alive\r\n",
    ]
  ) {
    using server = serveLines(() => answer("hi", headers));
    using client = openTest([server.url]);
    for (let i = 0; i < 3; i++) await textOf(await client.fetch(requestTo(server.url)));
    assertEquals(server.connections(), 3, headers);
  }
  using early = serveLines(() => answer("enough"));
  using client = openTest([early.url]);
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new Uint8Array(9)),
  });
  await textOf(await client.fetch(requestTo(early.url, { method: "POST", body })));
  await textOf(await client.fetch(requestTo(early.url)));
  assertEquals(early.connections(), 2);
});

Deno.test("kept: calls at once take a connection each, and later ones share them", async () => {
  await using server = await serveTest((_request, reply) => setTimeout(() => reply.end("x"), 10));
  const url = `http://127.0.0.1:${server.port}`;
  using client = openTest([url]);
  const burst = () =>
    Promise.all(Array.from({ length: 20 }, () => client.fetch(requestTo(url)).then(textOf)));
  await burst();
  await burst();
  assertEquals([server.connections(), server.requests()], [20, 40]);
});
