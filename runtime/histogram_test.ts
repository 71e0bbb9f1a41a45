import { assertEquals } from "@std/assert";
import { Histogram, LATENCY_BOUNDS_MS } from "./histogram.ts";

Deno.test("a time at a bound counts in that bound's bucket, one above it in the next", () => {
  const histogram = new Histogram();
  histogram.observe(1);
  histogram.observe(1.001);
  histogram.observe(0);
  assertEquals(histogram.counts[LATENCY_BOUNDS_MS.indexOf(1)], 1);
  assertEquals(histogram.counts[LATENCY_BOUNDS_MS.indexOf(2.5)], 1);
  assertEquals(histogram.counts[0], 1);
});

Deno.test("what took longer than every bound is counted last, and the sum holds all", () => {
  const histogram = new Histogram();
  histogram.observe(1e9);
  histogram.observe(2);
  const { counts, sumMs, boundsMs } = JSON.parse(JSON.stringify(histogram));
  assertEquals(counts.at(-1), 1);
  assertEquals(counts.length, boundsMs.length + 1);
  assertEquals(sumMs, 1e9 + 2);
});

Deno.test("bounds rise", () => {
  assertEquals([...LATENCY_BOUNDS_MS].sort((a, b) => a - b), [...LATENCY_BOUNDS_MS]);
});
