/** A short run of the differential fuzzer; the long one is `fuzz_task.ts`. */
import { assert } from "@std/assert";
import { fuzzOne, type FuzzSums } from "./fuzz.ts";

const MODULES = 150;

Deno.test("random modules do the same before and after preparation, and again after a restore", () => {
  const sums: FuzzSums = { modules: 0, calls: 0, traps: 0, restored: 0 };
  for (let seed = 1; seed <= MODULES; seed++) fuzzOne(seed, sums);
  // The generator must reach what it is for: calls that return, calls that trap, instances that were put back.
  assert(sums.traps > 50 && sums.calls - sums.traps > 50, `calls ${sums.calls}, traps ${sums.traps}`);
  assert(sums.restored > 20, `restored ${sums.restored}`);
});
