/** A short run of the fuzzers, from fixed seeds; a long one is started by hand. */
import { assertGreater } from "@std/assert";
import { fuzzImages, fuzzManifests } from "./unit_fuzz.ts";

Deno.test("mutated images are read or refused, and leave nothing behind", async () => {
  const counts = await fuzzImages(400, 20261123);
  // A run in which everything is refused at the same gate would show nothing.
  assertGreater(Object.keys(counts).length, 5, JSON.stringify(counts));
  assertGreater(counts.ok ?? 0, 10, JSON.stringify(counts));
});

Deno.test("mutated manifests are read or refused", () => {
  const counts = fuzzManifests(500, 20261123);
  assertGreater(counts.ok ?? 0, 20, JSON.stringify(counts));
  assertGreater(counts["manifest-invalid"] ?? 0, 50, JSON.stringify(counts));
});
