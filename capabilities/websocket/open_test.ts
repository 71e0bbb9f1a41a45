import { assertEquals, assertRejects } from "@std/assert";
import type { HostCall, OpenContext } from "../capability.ts";
import { CapabilityError } from "../error.ts";
import { limitDefaults } from "../limit.ts";
import { CAPABILITY_LIMITS } from "../limits.ts";
import { openWebSocket } from "./open.ts";

function opened(host = true) {
  const asked: { readonly head: unknown; readonly body: string }[] = [];
  const context: OpenContext = {
    place: { privateFolder: "", storageFile: "", assetsFolder: null },
    limits: { ...limitDefaults(CAPABILITY_LIMITS), websocketMessageMaxBytes: 8 },
    config: {},
    log: () => {},
    ...(host
      ? {
        callHost: ({ head, body }: HostCall) => {
          asked.push({ head, body: new TextDecoder().decode(body) });
          return Promise.resolve({ head: { sent: 2 }, body: new Uint8Array(0) });
        },
      }
      : {}),
  };
  return { sockets: openWebSocket({}, context), asked };
}

Deno.test("orders go to the host, text and bytes told apart", async () => {
  const { sockets, asked } = opened();
  await sockets.send("c", "text");
  await sockets.send("c", new TextEncoder().encode("bytes"));
  assertEquals(await sockets.publish("/p", "all"), 2);
  await sockets.disconnect("c", 4000, "go");
  assertEquals(asked, [
    { head: { act: "send", connection: "c", binary: false }, body: "text" },
    { head: { act: "send", connection: "c", binary: true }, body: "bytes" },
    { head: { act: "publish", path: "/p", binary: false }, body: "all" },
    { head: { act: "close", connection: "c", code: 4000, reason: "go" }, body: "" },
  ]);
});

Deno.test("what is too long or not allowed on the wire never reaches the host", async () => {
  const { sockets, asked } = opened();
  const code = async (act: () => unknown) =>
    (await assertRejects(async () => await act(), CapabilityError)).code;
  assertEquals(await code(() => sockets.send("c", "123456789")), "too-large");
  assertEquals(await code(() => sockets.publish("", "üüüüü")), "too-large", "bytes count, not letters");
  assertEquals(await code(() => sockets.disconnect("c", 1000, "ü".repeat(62))), "too-large");
  for (const bad of [0, 999, 1001, 1005, 2999, 5000, -1]) {
    assertEquals(await code(() => sockets.disconnect("c", bad, "")), "invalid", String(bad));
  }
  assertEquals(asked, []);
  assertEquals(await code(() => opened(false).sockets.send("c", "x")), "unreachable");
});
