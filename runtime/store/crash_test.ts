/** kill -9 at random moments; `deno run -A tests/unit/crash.ts 1000` does it for longer. */
import { assertEquals } from "@std/assert";
import { crashRounds } from "../../tests/unit/crash.ts";

Deno.test("kill -9 loses nothing that was acknowledged and leaves nothing half done", async () => {
  const report = await crashRounds(30);
  assertEquals(Object.values(report).reduce((sum, count) => sum + count, 0), 30);
});
