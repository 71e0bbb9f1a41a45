import { assertEquals, assertStringIncludes } from "@std/assert";
import { packMimikImage } from "../../runtime/unit/pack.ts";
import { handler, message } from "../guests/wat.ts";
import { Client } from "./client.ts";
import { listening, onBothFronts } from "./server.ts";

/** A service of mimik's ABI: publishes with each request, and knows nothing of events. */
function publisher(): Uint8Array<ArrayBuffer> {
  const { text, length } = message("websocket_broker.publish", [
    "greeting",
    new TextEncoder().encode("hello all"),
  ]);
  return handler({
    fields: `(data (i32.const 9000) "${text}")`,
    body: `(call $request (i32.const 0) (i32.const 9000) (i32.const ${length})) (call $send)`,
  });
}

const create = (name: string, env: Record<string, string>) => ({
  method: "POST",
  body: JSON.stringify({ name, image: "hello-v1", env }),
  headers: { "content-type": "application/json" },
});

/** Uploads mimik's image. */
async function upload({ test }: Awaited<ReturnType<typeof listening>>): Promise<void> {
  const tar = await packMimikImage({ name: "hello-v1", version: "1.0.0", module: publisher() });
  const body = new FormData();
  body.set("image", new Blob([tar]), "image.tar");
  const answer = await test.manage("/mcm/v1/images", { method: "POST", body });
  assertEquals(answer.status, 200, await answer.text());
}

onBothFronts(
  "mimik's image with MCM.WEBSOCKET_SUPPORT takes every client, and publishes to all of them",
  async (front) => {
    await using server = await listening(front);
    const { origin, test } = server;
    await upload(server);
    const env = {
      "MCM.BASE_API_PATH": "/hello/v1",
      "MCM.WEBSOCKET_SUPPORT": "true",
      "MCM.API_ALIAS": "true",
    };
    const created = await test.manage("/mcm/v1/containers", create("hello", env));
    assertEquals([created.status, (await created.json()).id], [200, "api-hello"]);
    await using one = new Client(origin, "/ws/api/hello/v1");
    await using two = new Client(origin, "/ws/hello/v1/anything");
    assertEquals([await one.opened, await two.opened], [true, true]);
    one.socket.send("dropped");
    await (await fetch(`${origin}/api/hello/v1`)).body?.cancel();
    const hello = JSON.stringify({ type: "greeting", message: "hello all" });
    assertEquals([await one.next(), await two.next()], [hello, hello]);
    assertEquals(test.host.service("hello", "api").counters.errors, 0);
  },
);

onBothFronts(
  "without it there are no connections, and what is published is denied in the log",
  async (front) => {
    await using server = await listening(front);
    const { origin, test } = server;
    await upload(server);
    for (const env of [{}, { "MCM.WEBSOCKET_SUPPORT": "false" }]) {
      const created = await test.manage(
        "/mcm/v1/containers",
        create("hello", { "MCM.BASE_API_PATH": "/h", ...env }),
      );
      assertEquals(created.status, 200, await created.text());
      await using client = new Client(origin, "/ws/api/h");
      assertEquals(await client.opened, false);
    }
    await (await fetch(`${origin}/api/h`)).body?.cancel();
    const [denial] = test.host.service("hello", "api").recentDenials(1);
    assertStringIncludes(denial?.manifestLine ?? "", `"websocket": true`);
  },
);
