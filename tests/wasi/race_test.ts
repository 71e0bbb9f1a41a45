import { assertEquals, assertGreater } from "@std/assert";
import { race } from "./race.ts";

Deno.test("native files: a folder swapped for a link by another program never leads out", async () => {
  const { inside, outside } = await race(true, 1500);
  assertEquals(outside, 0);
  assertGreater(inside, 0);
});
