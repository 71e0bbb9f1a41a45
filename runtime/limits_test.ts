import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { BerthError } from "./error.ts";
import { LIMITS } from "./limits.ts";
import { limitsInForce } from "./limits_in_force.ts";
import { limitsPage } from "./limits_page.ts";

Deno.test("every limit has its unit at the end of its name, a default within its ceiling, and a reason", () => {
  for (const [name, { unit, default: normal, ceiling, reason }] of Object.entries(LIMITS)) {
    assert(name.endsWith(unit), name);
    assert(Number.isInteger(normal) && normal >= 1 && normal <= ceiling, name);
    assertMatch(reason, /^[A-Z`].{20,}\.$/, name);
  }
});

Deno.test("the page of limits is what the tables say", async () => {
  const page = await Deno.readTextFile(new URL("./LIMITS.md", import.meta.url));
  assertEquals(page, limitsPage(), "run: deno run -A runtime/limits_task.ts");
});

Deno.test("an operator may change a limit up to its ceiling and not above, and only one that exists", () => {
  assertEquals(limitsInForce({ wallMaxMs: 5 }).wallMaxMs, 5);
  const { ceiling } = LIMITS.wallMaxMs;
  assertEquals(limitsInForce({ wallMaxMs: ceiling }).wallMaxMs, ceiling);
  for (const value of [ceiling + 1, 0, -1, 1.5, NaN]) {
    assertThrows(() => limitsInForce({ wallMaxMs: value }), BerthError, "wallMaxMs");
  }
  const unknown = { memoryBytesMax: 1 } as Record<string, number>;
  assertThrows(() => limitsInForce(unknown), BerthError, "there is no limit memoryBytesMax");
});
