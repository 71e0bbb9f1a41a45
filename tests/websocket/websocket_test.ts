import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { handler, message } from "../guests/wat.ts";
import { until } from "../host/harness.ts";
import { puppet } from "../services/puppet.ts";
import { Client, RawClient } from "./client.ts";
import { have, listening, onBothFronts } from "./server.ts";

const GRANT = { capabilities: { websocket: true } };

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

onBothFronts(
  "a client connects, its messages reach the service one by one, and it gets what the service sends",
  async (front) => {
    await using server = await listening(front);
    await server.test.deploy("chat", puppet(true), GRANT);
    await using client = new Client(server.origin, "/ws/api/chat/room/1?name=me");
    const open = await client.shown();
    assertEquals([open.method, open.params.request.method], ["websocket.open", "GET"]);
    assertEquals(open.params.request.url, "/room/1?name=me");
    const id = open.params.request.headers["x-berth-connection"] ?? "";
    assertMatch(id, /^[0-9a-f-]{36}$/);
    client.socket.send("text ü");
    client.socket.send(new Uint8Array([0, 255, 7, 0xff]));
    const one = await client.shown(), two = await client.shown();
    assertEquals([one.method, two.method], ["websocket.message", "websocket.message"]);
    assertEquals([one.params.request.headers["x-berth-message"], text(one.params.request.jsonBody)], [
      "text",
      "text ü",
    ]);
    assertEquals(two.params.request.headers["x-berth-message"], "binary");
    assertEquals(two.params.request.jsonBody, new Uint8Array([0, 255, 7, 0xff]));
    assertEquals(two.params.request.headers["x-berth-connection"], id);
  },
);

onBothFronts("the service hears of the end, with its code and reason", async (front) => {
  await using server = await listening(front);
  await server.test.deploy("chat", puppet(true), GRANT);
  await using watching = new Client(server.origin, "/ws/api/chat/watch");
  await watching.shown();
  const leaving = new Client(server.origin, "/ws/api/chat/leave");
  await leaving.opened;
  const id = (await watching.shown()).params.request.headers["x-berth-connection"];
  leaving.socket.close(3001, "had enough");
  const end = await watching.shown();
  assertEquals([end.method, end.params.request.url], ["websocket.close", "/leave"]);
  assertEquals(end.params.request.headers["x-berth-close-code"], "3001");
  assertEquals(end.params.request.headers["x-berth-connection"], id);
  assertEquals(text(end.params.request.jsonBody), "had enough");
});

onBothFronts("a service sends to one, publishes by path, and closes, from any request", async (front) => {
  await using server = await listening(front);
  const { origin } = server;
  await server.test.deploy("chat", puppet(true), GRANT);
  await using first = new Client(origin, "/ws/api/chat/a/1");
  const id = (await first.shown()).params.request.headers["x-berth-connection"];
  await using second = new Client(origin, "/ws/api/chat/b/2");
  await second.shown();
  await first.shown(); // the second one's coming
  assertEquals((await have(origin, "chat", "websocket.send", { connection: id, data: "to you" })).data, {});
  assertEquals(await first.next(), "to you");
  const sent = async (path: string) =>
    (await have(origin, "chat", "websocket.publish", { path, data: new Uint8Array([1, 2]) })).data?.sent;
  assertEquals([await sent("/b"), await sent(""), await sent("/c")], [1, 2, 0]);
  assertEquals(new Uint8Array(await second.next() as ArrayBuffer), new Uint8Array([1, 2]));
  await have(origin, "chat", "websocket.close", { connection: id, code: 4000, reason: "go" });
  assertEquals(await first.closed, { code: 4000, reason: "go" });
  const gone = await have(origin, "chat", "websocket.send", { connection: id, data: "late" });
  assertEquals(gone.error?.code, "closed");
});

onBothFronts("what no connection or no protocol allows is told to the guest", async (front) => {
  await using server = await listening(front);
  const { origin } = server;
  await server.test.deploy("chat", puppet(true), { ...GRANT, limits: { websocketMessageMaxBytes: 1_000 } });
  await using client = new Client(origin, "/ws/api/chat");
  const connection = (await client.shown()).params.request.headers["x-berth-connection"];
  const code = async (method: string, params: unknown) =>
    (await have(origin, "chat", method, params)).error?.code;
  assertEquals(await code("websocket.send", { connection: "unknown", data: "x" }), "closed");
  assertEquals(await code("websocket.close", { connection: "unknown" }), "closed");
  for (const bad of [1001, 1005, 1006, 1015, 2999]) {
    assertEquals(await code("websocket.close", { connection, code: bad }), "invalid", String(bad));
  }
  assertEquals(await code("websocket.publish", { data: new Uint8Array(1_001) }), "too-large");
  assertEquals((await have(origin, "chat", "websocket.publish", { data: "still here" })).data, { sent: 1 });
  assertEquals(await client.next(), "still here");
});

onBothFronts("without the capability no connection is accepted, and nothing is sent", async (front) => {
  await using server = await listening(front);
  const chat = await server.test.deploy("chat", puppet(true));
  await using client = new Client(server.origin, "/ws/api/chat");
  assertEquals(await client.opened, false);
  const { error } = await have(server.origin, "chat", "websocket.publish", { data: "x" });
  assertEquals(error?.code, "denied");
  assertStringIncludes(error?.message ?? "", `"websocket": true`);
  assertEquals(chat.counters.denials.websocket, 1);
});

onBothFronts(
  "an unknown service, a request without upgrade, and a broken handshake have their own answers",
  async (front) => {
    await using server = await listening(front);
    const { origin } = server;
    await server.test.deploy("chat", puppet(true), GRANT);
    await server.test.deploy("plain", puppet(true));
    const plain = await fetch(`${origin}/ws/api/chat/x`);
    assertEquals([plain.status, plain.headers.get("upgrade"), (await plain.json()).code], [
      426,
      "websocket",
      "upgrade-needed",
    ]);
    const status = async (path: string, headers = {}) => {
      const { client, status } = await RawClient.open(origin, path, headers);
      client[Symbol.dispose]();
      return Number(status.split(" ")[1]);
    };
    assertEquals(await status("/ws/api/unknown"), 404);
    assertEquals(await status("/ws/"), 404);
    assertEquals(await status("/ws/api/plain"), 403);
    assertEquals(await status("/ws/api/chat", { connection: "close" }), 400);
    assertEquals(await status("/ws/api/chat", { upgrade: "h2c" }), 426);
    assertEquals(await status("/ws/api/chat"), 101);
    await until("no connection is left over", () => server.test.host.sockets.count("api-chat") === 0);
  },
);

onBothFronts("a service refuses a client with its own answer, and chooses a protocol", async (front) => {
  await using server = await listening(front);
  const { origin, test } = server;
  await test.deploy(
    "no",
    handler({ answer: "not you", status: 401, fields: `(func (export "berth_abi_1"))` }),
    GRANT,
  );
  const { client, status } = await RawClient.open(origin, "/ws/api/no");
  client[Symbol.dispose]();
  assertStringIncludes(status, "401");
  await test.deploy(
    "broken",
    handler({ body: "unreachable", fields: `(func (export "berth_abi_1"))` }),
    GRANT,
  );
  const { text: accept, length } = message("response.send", ["", {
    headers: [["sec-websocket-protocol", "two"]],
  }]);
  const choosing = handler({
    fields: `(func (export "berth_abi_1")) (data (i32.const 9000) "${accept}")`,
    body: `(call $request (i32.const 0) (i32.const 9000) (i32.const ${length}))`,
  });
  await test.deploy("choosing", choosing, GRANT);
  await using chosen = new Client(origin, "/ws/api/choosing", ["one", "two"]);
  assertEquals([await chosen.opened, chosen.socket.protocol], [true, "two"]);
  await using other = new Client(origin, "/ws/api/choosing");
  assertEquals([await other.opened, other.socket.protocol], [true, ""], "what was not offered is not chosen");
  const broken = await RawClient.open(origin, "/ws/api/broken");
  broken.client[Symbol.dispose]();
  assertStringIncludes(broken.status, "500");
  assertEquals([test.host.sockets.count("api-no"), test.host.sockets.count("api-broken")], [0, 0]);
});

onBothFronts(
  "headers of the host cannot be forged, and a request of HTTP is never an event of a connection",
  async (front) => {
    await using server = await listening(front);
    await server.test.deploy("chat", puppet(true), GRANT);
    await using client = new Client(server.origin, "/ws/api/chat");
    await client.shown();
    const forged = { "x-berth-connection": "forged", "x-berth-message": "text", "x-mine": "kept" };
    const { client: raw } = await RawClient.open(server.origin, "/ws/api/chat", forged);
    const open = await client.shown();
    assertMatch(open.params.request.headers["x-berth-connection"] ?? "", /^[0-9a-f-]{36}$/);
    assertEquals(open.params.request.headers["x-berth-message"], undefined);
    assertEquals(open.params.request.headers["x-mine"], "kept");
    raw[Symbol.dispose]();
    await client.shown();
    await fetch(`${server.origin}/api/chat`, { method: "POST", headers: forged, body: "hello" });
    assertEquals((await client.shown()).method, "http.request");
  },
);

onBothFronts("pages of other origins are kept out where the grant names origins", async (front) => {
  await using server = await listening(front);
  const capabilities = { websocket: { origins: ["https://app.example.com"] } };
  await server.test.deploy("chat", puppet(true), { capabilities });
  const status = async (headers: Record<string, string>) => {
    const opened = await RawClient.open(server.origin, "/ws/api/chat", headers);
    opened.client[Symbol.dispose]();
    return Number(opened.status.split(" ")[1]);
  };
  assertEquals(await status({ origin: "https://app.example.com" }), 101);
  assertEquals(await status({ origin: "https://evil.example.com" }), 403);
  assertEquals(await status({ origin: "null" }), 403);
  assertEquals(await status({}), 101, "what is no page has no origin");
});

onBothFronts(
  "connections stay open through an update, and go with the service or its capability",
  async (front) => {
    await using server = await listening(front);
    const { origin, test } = server;
    await test.deploy("chat", puppet(true), GRANT);
    const client = new Client(origin, "/ws/api/chat");
    await client.shown();
    await test.deploy("chat", puppet(true), { ...GRANT, version: "2.0.0" });
    client.socket.send("to the new one");
    assertEquals(text((await client.shown()).params.request.jsonBody), "to the new one");
    assertEquals((await have(origin, "chat", "websocket.publish", { data: "from the new one" })).data, {
      sent: 1,
    });
    assertEquals(await client.next(), "from the new one");
    await test.deploy("chat", puppet(true), { version: "3.0.0" });
    assertEquals((await client.closed).code, 1008);
    await test.deploy("chat", puppet(true), { ...GRANT, version: "4.0.0" });
    const other = new Client(origin, "/ws/api/chat");
    await other.shown();
    await test.host.remove("api-chat");
    assertEquals((await other.closed).code, 1001);
  },
);

onBothFronts("a host that stops closes its connections", async (front) => {
  const server = await listening(front);
  await server.test.deploy("chat", puppet(true), GRANT);
  const client = new Client(server.origin, "/ws/api/chat");
  await client.opened;
  await server[Symbol.asyncDispose]();
  assertEquals((await client.closed).code, 1001);
});

onBothFronts("two services' connections know nothing of each other", async (front) => {
  await using server = await listening(front);
  const { origin, test } = server;
  await test.deploy("one", puppet(true), GRANT);
  await test.deploy("two", puppet(true), GRANT);
  await using client = new Client(origin, "/ws/api/one");
  const connection = (await client.shown()).params.request.headers["x-berth-connection"];
  assertEquals(
    (await have(origin, "two", "websocket.send", { connection, data: "x" })).error?.code,
    "closed",
  );
  assertEquals((await have(origin, "two", "websocket.close", { connection })).error?.code, "closed");
  assertEquals((await have(origin, "two", "websocket.publish", { data: "x" })).data, { sent: 0 });
  assert(client.socket.readyState === WebSocket.OPEN);
});

onBothFronts("connections and messages are counted, and shown to the operator", async (front) => {
  await using server = await listening(front);
  const { origin, test } = server;
  await test.deploy("chat", puppet(true), GRANT);
  await using one = new Client(origin, "/ws/api/chat");
  await one.shown();
  await using two = new Client(origin, "/ws/api/chat");
  await Promise.all([one.shown(), two.shown()]); // the puppet shows every event to all
  one.socket.send("hello");
  await Promise.all([one.shown(), two.shown()]);
  await have(origin, "chat", "websocket.publish", { data: "x" });
  await Promise.all([one.next(), two.next()]);

  const { counters, load, use } = await (await test.manage("/berth/v1/services/chat")).json();
  // Sent: the first opening to one, the second and the message to both, and the publication.
  assertEquals(counters.webSocketMessages, { received: 1, sent: 7 });
  assertEquals([load.webSockets, use.websocketConnectionsMaxCount], [2, 2]);
  const metrics = await (await test.manage("/metrics")).text();
  for (
    const [metric, value] of [
      ["berth_service_websocket_connections", 2],
      [`berth_service_websocket_messages_total`, 1],
    ] as const
  ) assertMatch(metrics, new RegExp(`^${metric}\\{[^}]*chat[^}]*\\} ${value}$`, "m"));
  assertMatch(metrics, /websocket_messages_total\{[^}]*direction="sent"[^}]*\} 7$/m);
});
