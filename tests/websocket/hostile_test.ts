import { assert, assertEquals, assertLess } from "@std/assert";
import { handler } from "../guests/wat.ts";
import { until } from "../host/harness.ts";
import { puppet } from "../services/puppet.ts";
import { Client, frame, RawClient } from "./client.ts";
import { have, listening, onBothFronts } from "./server.ts";

const GRANT = { capabilities: { websocket: true } };
const TEXT = 1, BINARY = 2;

onBothFronts(
  "a message over its limit closes the connection with 1009, and the service never sees it",
  async (front) => {
    await using server = await listening(front);
    const chat = await server.test.deploy("chat", puppet(true), {
      ...GRANT,
      limits: { websocketMessageMaxBytes: 1_000 },
    });
    const client = new Client(server.origin, "/ws/api/chat");
    await client.opened;
    client.socket.send(new Uint8Array(1_000));
    await until("the message is there", () => chat.counters.requests === 2);
    client.socket.send(new Uint8Array(1_001));
    assertEquals((await client.closed).code, 1009);
    await until("the close is told", () => chat.counters.requests === 3); // open, message, close
  },
);

onBothFronts("a frame that announces a terabyte ends its connection, and no other", async (front) => {
  await using server = await listening(front);
  await server.test.deploy("chat", puppet(true), GRANT);
  await using neighbour = new Client(server.origin, "/ws/api/chat/neighbour");
  await neighbour.shown();
  for (const length of [2 ** 40, 2 ** 53 - 1, 1 << 30]) {
    const { client } = await RawClient.open(server.origin, "/ws/api/chat/giant");
    await client.write(frame(BINARY, new Uint8Array(1_000), { length }));
    await client.drain();
    client[Symbol.dispose]();
  }
  await until("only the neighbour is left", () => server.test.host.sockets.count("api-chat") === 1);
  assertEquals(neighbour.socket.readyState, WebSocket.OPEN);
});

onBothFronts("bytes that are no frames end the connection alone", async (front) => {
  await using server = await listening(front);
  await server.test.deploy("chat", puppet(true), GRANT);
  const unmasked = frame(TEXT, new Uint8Array(3));
  unmasked[1] = 3;
  const cases = [
    frame(15, new Uint8Array(3)), // an opcode that does not exist
    frame(0, new Uint8Array(3)), // a continuation of nothing
    frame(TEXT, new Uint8Array([0xff, 0xfe])), // not UTF-8
    frame(8, new Uint8Array([0, 1])), // a close with code 1
    frame(9, new Uint8Array(200)), // a ping that is too long
    new Uint8Array(5_000).fill(0xf1),
    unmasked,
  ];
  for (const bytes of cases) {
    const { client } = await RawClient.open(server.origin, "/ws/api/chat");
    await client.write(bytes);
    if (bytes === unmasked) await client.write(new Uint8Array(3));
    else await client.drain();
    client[Symbol.dispose]();
  }
  await until("all are gone", () => server.test.host.sockets.count("api-chat") === 0);
  await using client = new Client(server.origin, "/ws/api/chat");
  for (let event = await client.shown(); event.method !== "websocket.open"; event = await client.shown()) {
    assertEquals(event.method, "websocket.close", "of those before");
  }
});

onBothFronts(
  "a client that floods is closed with 1013; its queue is bounded, and others are served",
  async (front) => {
    await using server = await listening(front);
    const slow = handler({
      fields: `(func (export "berth_abi_1")) (global $n (mut i32) (i32.const 0))`,
      // A second of computing for all messages together would be too much; some hundred thousand rounds each are not.
      body: `(loop $again (global.set $n (i32.add (global.get $n) (i32.const 1)))
      (br_if $again (i32.lt_u (global.get $n) (i32.const 3000000)))) (call $send)`,
    });
    const limits = { websocketQueueMaxCount: 16 };
    const chat = await server.test.deploy("chat", slow, { ...GRANT, limits });
    const client = new Client(server.origin, "/ws/api/chat");
    assertEquals(await client.opened, true);
    for (let i = 0; i < 5_000; i++) client.socket.send("x");
    // The code is lost where the client still sends while the host closes.
    assert([1013, 1006, 0].includes((await client.closed).code));
    await until("its place is free", () => server.test.host.sockets.count("api-chat") === 0);
    assertLess(chat.counters.requests, 5_000);
    await using other = new Client(server.origin, "/ws/api/chat");
    assertEquals(await other.opened, true);
  },
);

onBothFronts(
  "a client that does not read is closed, whoever sends is told, and the others get everything",
  async (front) => {
    await using server = await listening(front);
    const { origin, test } = server;
    const limits = { websocketQueueMaxBytes: 100_000 };
    await test.deploy("chat", puppet(true), { ...GRANT, limits });
    await using reader = new Client(origin, "/ws/api/chat/reader");
    await reader.shown();
    const { client: stuck } = await RawClient.open(origin, "/ws/api/chat/stuck");
    const connection = (await reader.shown()).params.request.headers["x-berth-connection"];
    const data = new Uint8Array(20_000);
    let error = "";
    let got = 0;
    for (let i = 0; i < 2_000 && !error; i++) {
      const done = await have(origin, "chat", "websocket.publish", { data });
      while (got <= i) if (((await reader.next()) as ArrayBuffer).byteLength === data.length) got++;
      if (done.data?.sent === 1) error = "missed";
    }
    assertEquals(error, "missed", "the stuck client is left out once its queue is full");
    const told = await have(origin, "chat", "websocket.send", { connection, data: "x" });
    assertEquals(told.error?.code, "closed");
    stuck[Symbol.dispose]();
    await until("only the reader is left", () => test.host.sockets.count("api-chat") === 1);
  },
);

onBothFronts("one that does not read makes a send to it `busy`", async (front) => {
  await using server = await listening(front);
  const { origin, test } = server;
  await test.deploy("chat", puppet(true), { ...GRANT, limits: { websocketQueueMaxBytes: 100_000 } });
  await using reader = new Client(origin, "/ws/api/chat/reader");
  await reader.shown();
  const { client: stuck } = await RawClient.open(origin, "/ws/api/chat/stuck");
  const connection = (await reader.shown()).params.request.headers["x-berth-connection"];
  let code: string | undefined;
  const data = new Uint8Array(20_000);
  for (let i = 0; i < 2_000 && !code; i++) {
    code = (await have(origin, "chat", "websocket.send", { connection, data })).error?.code;
  }
  assertEquals(code, "busy");
  stuck[Symbol.dispose]();
});

onBothFronts(
  "connections are counted, those that only open too; the next client gets 503 and comes in later",
  async (front) => {
    await using server = await listening(front);
    const { origin, test } = server;
    const limits = { websocketConnectionsMaxCount: 200 };
    await test.deploy("chat", handler({ fields: `(func (export "berth_abi_1"))` }), { ...GRANT, limits });
    const opened = await Promise.all(
      Array.from({ length: 230 }, () => RawClient.open(origin, "/ws/api/chat")),
    );
    const statuses = opened.map(({ status }) => Number(status.split(" ")[1]));
    const full = statuses.filter((status) => status === 503).length;
    assertEquals([statuses.filter((status) => status === 101).length, full], [200, 30]);
    assertEquals(test.host.sockets.count("api-chat"), 200);
    for (const { client } of opened) client[Symbol.dispose]();
    await until("all are gone", () => test.host.sockets.count("api-chat") === 0);
    await using later = new Client(origin, "/ws/api/chat");
    assert(await later.opened);
  },
);

onBothFronts("clients that leave while the service decides leave nothing behind", async (front) => {
  await using server = await listening(front);
  const { origin, test } = server;
  const slow = handler({
    imports: `(import "wasi_snapshot_preview1" "poll_oneoff"
      (func $poll (param i32 i32 i32 i32) (result i32)))`,
    fields: `(func (export "berth_abi_1"))`,
    body: `(i32.store (i32.const 8208) (i32.const 1)) (i64.store (i32.const 8216) (i64.const 300000000))
      (drop (call $poll (i32.const 8192) (i32.const 9000) (i32.const 1) (i32.const 9100))) (call $send)`,
  });
  await test.deploy("chat", slow, { capabilities: { websocket: true, clock: true } });
  const { hostname, port } = new URL(origin);
  const connections = await Promise.all(
    Array.from({ length: 20 }, () => Deno.connect({ hostname, port: Number(port) })),
  );
  const request = "GET /ws/api/chat HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\n" +
    "sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
  for (const connection of connections) await connection.write(new TextEncoder().encode(request));
  await until("all are opening", () => test.host.sockets.count("api-chat") === 20);
  for (const connection of connections) connection.close();
  await until("all are gone", () => test.host.sockets.count("api-chat") === 0);
});
