import { assertEquals } from "@std/assert";
import { compareRatios } from "./compare.ts";
import { bench, measureGroup } from "./ratios.ts";

const at = (median: number, by: number) => ({ median, min: median - by, max: median + by });

Deno.test("slower is what lies apart from the baseline in every process, and by more than noise", () => {
  const before = {
    same: at(2, 0.2),
    wide: at(2, 1.5),
    little: at(2, 0.01),
    slow: at(2, 0.2),
    quick: at(2, 0.2),
  };
  const now = {
    same: at(2.1, 0.2),
    wide: at(3, 1),
    little: at(2.1, 0.01),
    slow: at(3, 0.2),
    quick: at(1, 0.2),
    other: at(1, 0),
  };
  const verdicts = [...compareRatios(before, now)].map(([name, { verdict }]) => `${name} ${verdict}`);
  assertEquals(verdicts, ["same ", "wide ", "little ", "slow slower", "quick quicker", "other new"]);
});

Deno.test("a group is measured against its reference", () => {
  let done = 0;
  const group = {
    name: "count",
    reference: bench("one", () => done++),
    benches: [bench("two", () => done += 2)],
  };
  const [result, ...more] = measureGroup(group);
  assertEquals([result?.name, result?.reference, more.length], ["count: two", "one", 0]);
  assertEquals((result?.ratio ?? 0) > 0 && (result?.ns ?? 0) > 0 && done > 100, true);
});
