import { assert, assertEquals } from "@std/assert";
import { randomCapability } from "./grant.ts";
import { openRandom } from "./open.ts";

Deno.test("random: only true grants it", () => {
  assertEquals(randomCapability.schema.safeParse(true).success, true);
  assertEquals(randomCapability.schema.safeParse(false).success, false);
  assertEquals(randomCapability.schema.safeParse({ seed: 1 }).success, false);
});

Deno.test("random: needs no Deno permission", () => {
  const place = { privateFolder: "/p", storageFile: "/s", assetsFolder: null };
  assertEquals(randomCapability.plan(true, place), { read: [], write: [], net: [] });
  assertEquals(randomCapability.describe(true).length, 1);
});

Deno.test("random: fills a buffer of any length to its end and not past it", () => {
  const whole = new Uint8Array(200_000);
  openRandom(true).fill(whole.subarray(1, 199_999));
  assertEquals(whole[0], 0);
  assertEquals(whole[199_999], 0);
  for (const start of [1, 65_530, 131_060, 199_900]) {
    assert(whole.subarray(start, start + 90).some((byte) => byte !== 0), `nothing was drawn at ${start}`);
  }
});
