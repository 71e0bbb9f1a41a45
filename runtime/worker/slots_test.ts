import { assert, assertEquals, assertThrows } from "@std/assert";
import { Slots } from "./slots.ts";

Deno.test("a number that is over is never taken for the next thing in its slot", () => {
  const slots = new Slots<string>();
  const seen = new Set<number>();
  for (let round = 0; round < 10_000; round++) {
    const number = slots.next();
    assert(number > 0 && number < 2 ** 31 && !seen.has(number));
    seen.add(number);
    slots.set(number, `thing ${round}`);
    assertEquals([slots.get(number), slots.size], [`thing ${round}`, 1]);
    assertEquals([slots.delete(number), slots.delete(number), slots.get(number)], [true, false, undefined]);
  }
});

Deno.test("many at once, given back in another order", () => {
  const slots = new Slots<number>();
  const numbers = Array.from({ length: 1000 }, (_, at) => {
    const number = slots.next();
    slots.set(number, at);
    return number;
  });
  assertEquals(new Set(numbers).size, 1000);
  for (const number of numbers.filter((_, at) => at % 3 === 0)) assert(slots.delete(number));
  assertEquals(slots.size, 666);
  assertEquals(slots.values().every((at) => at % 3 !== 0), true);
  for (const [at, number] of numbers.entries()) {
    assertEquals(slots.get(number), at % 3 === 0 ? undefined : at);
  }
});

Deno.test("the other side keeps things under the numbers it is told", () => {
  const ours = new Slots<string>(), theirs = new Slots<string>();
  const [a, b] = [ours.next(), 5 << 12 | 7];
  theirs.set(b, "b");
  theirs.set(a, "a");
  assertEquals([theirs.get(a), theirs.get(b), theirs.get(b + (1 << 12))], ["a", "b", undefined]);
  assert(theirs.delete(b) && !theirs.delete(b));
});

Deno.test("more than there are slots is an error, not a mix-up", () => {
  const slots = new Slots<number>();
  for (let at = 0; at < 4096; at++) slots.set(slots.next(), at);
  assertThrows(() => slots.next(), RangeError);
});

Deno.test("what is not over on this side stays when the other side has given its slot on", () => {
  const host = new Slots<string>(), worker = new Slots<string>();
  const first = host.next();
  host.set(first, "first");
  worker.set(first, "first");
  host.delete(first);
  const second = host.next();
  worker.set(second, "second");
  assertEquals([worker.size, worker.get(first), worker.get(second)], [2, "first", "second"]);
  assertEquals(worker.values(), ["first", "second"]);
  assertEquals([worker.delete(first), worker.delete(first), worker.size], [true, false, 1]);
  assertEquals([worker.get(first), worker.get(second), worker.delete(second), worker.size], [
    undefined,
    "second",
    true,
    0,
  ]);
});
