import { assertEquals, assertThrows } from "@std/assert";
import { readOptions } from "./options.ts";
import { quantile, spread } from "./measure/stats.ts";
import { figure } from "./report.ts";

Deno.test("options: quick is few rounds, and numbers given go before it", () => {
  assertEquals([readOptions([]).rounds, readOptions([]).seconds], [5, 3]);
  assertEquals([readOptions(["--quick"]).rounds, readOptions(["--quick"]).seconds], [2, 1]);
  assertEquals(readOptions(["--quick", "--rounds", "9"]).rounds, 9);
  assertEquals(readOptions(["--connections", "1", "--connections", "64"]).connections, [1, 64]);
  assertThrows(() => readOptions(["--rounds", "0"]), Error, "--rounds");
  assertThrows(() => readOptions(["--nonsense"]));
});

Deno.test("the median of an even number of rounds lies between the middle two", () => {
  assertEquals(spread([4, 1, 3, 2]), { median: 2.5, min: 1, max: 4 });
  assertEquals(quantile([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0.99), 10);
  assertEquals(quantile([], 0.5), NaN);
});

Deno.test("figures have as many digits as they deserve", () => {
  assertEquals([0.1234, 12.34, 123.4, 12345, NaN].map(figure), ["0.12", "12.3", "123", "12,345", "-"]);
});
