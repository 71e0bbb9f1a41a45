import { assert, assertEquals } from "@std/assert";
import { clockCapability } from "./grant.ts";
import { openClock } from "./open.ts";

const parse = (value: unknown) => clockCapability.schema.safeParse(value);

function fakeTime() {
  const time = { wall: 1_000_000, monotonic: 5 };
  return { time, source: { wallMs: () => time.wall, monotonicMs: () => time.monotonic } };
}

Deno.test("clock: true grants both clocks at a microsecond", () => {
  assertEquals(parse(true).data, { wall: true, monotonic: true, resolutionNs: 1000 });
});

Deno.test("clock: an unknown key, a clock that tells nothing and a resolution of zero are refused", () => {
  assertEquals(parse({ wall: true, zone: "UTC" }).success, false);
  assertEquals(parse({ wall: false, monotonic: false }).success, false);
  assertEquals(parse({ resolutionNs: 0 }).success, false);
  assertEquals(parse({ resolutionNs: 1.5 }).success, false);
  assertEquals(parse(false).success, false);
});

Deno.test("clock: needs no Deno permission and says what it allows", () => {
  const grant = clockCapability.schema.parse({ wall: false });
  const place = { privateFolder: "/p", storageFile: "/s", assetsFolder: null };
  assertEquals(clockCapability.plan(grant, place), { read: [], write: [], net: [] });
  assertEquals(clockCapability.describe(grant), ["measures time spans, to 1000 ns"]);
});

Deno.test("clock: a clock that is not granted tells nothing", () => {
  const clock = openClock({ wall: false, monotonic: true, resolutionNs: 1 });
  assertEquals(clock.wallNs(), undefined);
  assert(clock.monotonicNs() !== undefined);
  assertEquals(openClock({ wall: true, monotonic: false, resolutionNs: 1 }).monotonicNs(), undefined);
  assertEquals(openClock({ wall: true, monotonic: false, resolutionNs: 1 }).monotonicWholeNs(), -1);
});

Deno.test("clock: readings are cut to the resolution", () => {
  const { time, source } = fakeTime();
  const clock = openClock({ wall: true, monotonic: true, resolutionNs: 10_000_000 }, undefined, source);
  time.monotonic = 27.9;
  time.wall = 1_000_023;
  assertEquals(clock.monotonicNs(), 20_000_000n);
  assertEquals(clock.monotonicWholeNs(), 20_000_000);
  assertEquals(clock.wallNs(), 1_000_020_000_000n);
});

Deno.test("clock: the time of day moves between the system's milliseconds and follows when it is set", () => {
  const { time, source } = fakeTime();
  const clock = openClock({ wall: true, monotonic: true, resolutionNs: 1 }, undefined, source);
  time.monotonic += 0.25;
  assertEquals(clock.wallNs(), 1_000_000_250_000n);
  time.wall = 7_000_000;
  assertEquals(clock.wallNs(), 7_000_000_000_000n);
  time.wall = 3_000_000;
  assertEquals(clock.wallNs(), 3_000_000_000_000n);
});
