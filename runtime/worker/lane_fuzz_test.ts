import { assert } from "@std/assert";
import { fuzzLane } from "./lane_fuzz.ts";

Deno.test("lane: a short fuzz finds nothing, and reaches answers, failures and workers that are given up", async () => {
  const sums = { answered: 0, failed: 0, givenUp: 0 };
  for (let seed = 1; seed <= 10; seed++) await fuzzLane(seed, 200, sums);
  assert(sums.answered > 100 && sums.failed > 20 && sums.givenUp > 0, JSON.stringify(sums));
});
