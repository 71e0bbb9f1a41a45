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

Deno.test("random: small draws, one after the other, never repeat", () => {
  const random = openRandom(true);
  const seen = new Set<string>();
  const bytes = new Uint8Array(300);
  const view = new DataView(bytes.buffer, 1);
  for (let draw = 0; draw < 3000; draw++) {
    const length = 16 + draw % 241;
    bytes.fill(0);
    random.fill(view, 6, length);
    seen.add(bytes.subarray(7, 7 + 16).toString());
    assert(bytes.subarray(7 + length - 16, 7 + length).some((byte) => byte !== 0));
    assert(bytes.subarray(0, 7).every((byte) => byte === 0));
    assert(bytes.subarray(7 + length).every((byte) => byte === 0));
  }
  assertEquals(seen.size, 3000);
});

Deno.test("random: fills a buffer of any length to its end and not past it", () => {
  const whole = new Uint8Array(200_000);
  openRandom(true).fill(new DataView(whole.buffer), 1, 199_998);
  assertEquals(whole[0], 0);
  assertEquals(whole[199_999], 0);
  for (const start of [1, 65_530, 131_060, 199_900]) {
    assert(whole.subarray(start, start + 90).some((byte) => byte !== 0), `nothing was drawn at ${start}`);
  }
});
