/** The bounds on connections of the safe front; real sockets. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { FRONT_TIMEOUTS } from "../../runtime/server/front.ts";
import { openSafeFront } from "../../runtime/server/front_safe.ts";
import { listenHost } from "../../runtime/server/serve.ts";
import { handler } from "../guests/wat.ts";
import { testHost, until } from "../host/harness.ts";
import { Wire } from "./wire.ts";

const REQUEST = "GET /api/hello HTTP/1.1\r\nHost: a\r\n\r\n";
const answers = async (wire: Wire) => {
  await wire.send(REQUEST);
  return await wire.receive((text) => text.includes("hello"), 5_000);
};

const TLS = {
  cert: await Deno.readTextFile(new URL("./tls/cert.pem", import.meta.url)),
  key: await Deno.readTextFile(new URL("./tls/key.pem", import.meta.url)),
};

for (const tls of [null, TLS]) {
  const name = tls ? "over TLS" : "in plain";
  Deno.test(`one address gets so many connections ${name}; those that it has go on, and one that ends makes room`, async () => {
    const front = await openSafeFront({
      hostname: "127.0.0.1",
      port: 0,
      tls,
      answer: () => new Response("hello"),
      connections: { maxCount: 100, perAddressMaxCount: 3, countLocal: true },
    }, FRONT_TIMEOUTS);
    const wires = await Promise.all([1, 2, 3].map(() => Wire.open(front.port)));
    await until("all three are counted", () => front.connections?.open === 3);
    using fourth = await Wire.open(front.port);
    assertEquals(await fourth.receive(), "", "it is closed without an answer");
    assertEquals(front.connections?.refused, 1);
    if (!tls) { for (const wire of wires) assertStringIncludes(await answers(wire), "200 OK"); }
    wires[0]?.close();
    await until("there is room", () => front.connections?.open === 2);
    using fifth = await Wire.open(front.port);
    await until("it is taken", () => front.connections?.open === 3);
    if (!tls) assertStringIncludes(await answers(fifth), "200 OK");
    for (const wire of wires) wire.close();
    fifth.close();
    await until("none is left", () => front.connections?.open === 0);
    await front.stop(0);
  });
}

Deno.test("a host's own limits bound its front: all connections together, a WebSocket's too", async () => {
  await using test = await testHost({ limits: { connectionsMaxCount: 2 } });
  await test.deploy("hello", handler({ answer: "hello" }), { capabilities: { websocket: true } });
  const listening = await listenHost(test.host, { hostname: "127.0.0.1", port: 0, front: "safe" });
  const socket = new WebSocket(`ws://127.0.0.1:${listening.port}/ws/api/hello`);
  await new Promise((resolve) => socket.onopen = resolve);
  using healthy = await Wire.open(listening.port);
  assertStringIncludes(await answers(healthy), "200 OK");
  using refused = await Wire.open(listening.port);
  assertEquals(await refused.receive(), "");
  assertStringIncludes(await answers(healthy), "200 OK");
  const closed = new Promise((resolve) => socket.onclose = resolve);
  socket.close();
  await closed;
  await until("the WebSocket's place is free", () => listening.connections?.open === 1);
  using next = await Wire.open(listening.port);
  assertStringIncludes(await answers(next), "200 OK");
  await listening.stop(0);
});

Deno.test("the fast front takes WebSockets of this machine only: their fragments are not bounded there", async () => {
  for (
    const [hostname, front, wanted] of [
      ["0.0.0.0", "fast", 403],
      ["0.0.0.0", "safe", 101],
      ["127.0.0.1", "fast", 101],
    ] as const
  ) {
    await using test = await testHost();
    await test.deploy("hello", handler({ answer: "hello" }), { capabilities: { websocket: true } });
    const listening = await listenHost(test.host, { hostname, port: 0, front });
    using wire = await Wire.open(listening.port);
    await wire.send(
      "GET /ws/api/hello HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    );
    const came = await wire.receive((text) => text.includes("\r\n\r\n"), 5_000);
    assertEquals([hostname, front, Number(came.slice(9, 12))], [hostname, front, wanted]);
    if (wanted === 403) assertStringIncludes(came, "websocket-unbounded");
    using plain = await Wire.open(listening.port);
    assertStringIncludes(await answers(plain), "200 OK");
    await listening.stop(0);
  }
});
