/** The same service in the languages whose SDK has WebSockets behaves alike, and calls another service. */
import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { Builder } from "../../runtime/build/build.ts";
import type { Language } from "../../runtime/build/project.ts";
import { handler } from "../guests/wat.ts";
import { Client } from "./client.ts";
import { listening } from "./server.ts";

const SAMPLES: readonly { language: Language; from: string; to: string }[] = [
  { language: "cpp", from: "cpp/samples/chat.cpp", to: "src/main.cpp" },
  { language: "assemblyscript", from: "assemblyscript/samples/chat.ts", to: "assembly/index.ts" },
];

const SDK = new URL("../../abi/sdk/", import.meta.url).pathname;

async function build({ language, from, to }: (typeof SAMPLES)[number]): Promise<Uint8Array> {
  using builder = new Builder();
  const folder = await Deno.makeTempDir({ prefix: "berth-chat-" });
  try {
    await Deno.mkdir(join(folder, to, ".."), { recursive: true });
    await Deno.copyFile(join(SDK, from), join(folder, to));
    const { modulePath } = await builder.build(folder, { language, release: false });
    return await Deno.readFile(modulePath);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

for (const sample of SAMPLES) {
  Deno.test(`${sample.language}: a chat with rooms, binary echoes, a refusal, and a call to another service`, async () => {
    const module = await build(sample);
    await using server = await listening("safe");
    const { origin, test } = server;
    const capabilities = { websocket: true, services: { allow: ["greeter"] } };
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
