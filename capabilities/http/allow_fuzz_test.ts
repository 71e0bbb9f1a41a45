import { assert } from "@std/assert";
import { fuzzAllow } from "./allow_fuzz.ts";

Deno.test("allow list: a short fuzz finds nothing, and reaches every kind of case", () => {
  const counts = fuzzAllow(20261123, 40_000);
  assert(counts.patterns > 1_000 && counts.targets > 5_000 && counts.allowed > 50, JSON.stringify(counts));
});
