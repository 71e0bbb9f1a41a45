/** The same service in every language that has an SDK behaves alike on WebSockets, and calls another service. */
import { assertEquals } from "@std/assert";
import { Builder } from "../../runtime/build/build.ts";
import { handler } from "../guests/wat.ts";
import { buildSample, SDK_LANGUAGES } from "../sdk/languages.ts";
import { Client } from "./client.ts";
import { listening } from "./server.ts";

const builder = new Builder();
Deno.test.afterAll(() => builder.close());

for (const sdk of SDK_LANGUAGES) {
  if (await sdk.missing() !== null) continue; // tests/sdk says why
  Deno.test(`${sdk.language}: a chat with rooms, binary echoes, a refusal, and a call to another service`, async () => {
    const module = await buildSample(builder, sdk, "chat");
    await using server = await listening("safe");
    const { origin, test } = server;
    // Go begins with the time and random numbers.
    const capabilities = { websocket: true, services: { allow: ["greeter"] }, clock: true, random: true };
    await test.deploy("chat", module, { capabilities });
    await using refused = new Client(origin, "/ws/api/chat/rooms/one");
    assertEquals(await refused.opened, false);
    await using elsewhere = new Client(origin, "/ws/api/chat/nowhere?name=x");
    assertEquals(await elsewhere.opened, false);

    await using ann = new Client(origin, "/ws/api/chat/rooms/one?name=ann");
    assertEquals(await ann.next(), "welcome ann");
    const bob = new Client(origin, "/ws/api/chat/rooms/one?name=bob");
    assertEquals(await bob.next(), "welcome bob");
    await using eve = new Client(origin, "/ws/api/chat/rooms/two?name=eve");
    assertEquals(await eve.next(), "welcome eve");
    bob.socket.send("hello ü");
    assertEquals([await ann.next(), await bob.next()], ["bob: hello ü", "bob: hello ü"]);
    bob.socket.send(new Uint8Array([0, 255, 3]));
    assertEquals(new Uint8Array(await bob.next() as ArrayBuffer), new Uint8Array([0, 255, 3]));
    const long = "x".repeat(100_000); // goes to the guest in pieces
    bob.socket.send(long);
    assertEquals([await ann.next(), await bob.next()], [`bob: ${long}`, `bob: ${long}`]);
    bob.socket.close();
    assertEquals(await ann.next(), "bob left");
    eve.socket.send("alone");
    assertEquals(await eve.next(), "eve: alone");

    // A request of HTTP is no event, whatever its method.
    for (const method of ["GET", "POST"]) {
      const answer = await fetch(`${origin}/api/chat/rooms/one?name=x`, { method });
      assertEquals(answer.status, 405);
      await answer.body?.cancel();
    }
    const kick = await fetch(`${origin}/api/chat/kick/nobody`, { method: "POST" });
    assertEquals(await kick.text(), "closed");

    await test.deploy("greeter", handler({ answer: "hi chat", status: 203 }));
    const asked = await fetch(`${origin}/api/chat/ask/greeter`);
    assertEquals([asked.status, await asked.text()], [203, "hi chat"]);
    const denied = await fetch(`${origin}/api/chat/ask/other`);
    assertEquals([denied.status, await denied.json()], [502, { error: "denied" }]);
  });
}
