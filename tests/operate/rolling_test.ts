import { assertEquals, assertGreater } from "@std/assert";
import { rollingUpdates } from "./rolling.ts";

Deno.test("rolling updates under constant load: no request fails, and none is answered by a version before", async () => {
  const { failures, requests } = await rollingUpdates(4);
  assertEquals(failures, []);
  assertGreater(requests, 50);
});
