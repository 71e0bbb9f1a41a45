import { assert, assertEquals, assertRejects } from "@std/assert";
import { Turns } from "./turns.ts";

Deno.test("turns come one after the other, whatever becomes of those before", async () => {
  const turns = new Turns();
  const order: string[] = [];
  const first = turns.run(() => Promise.reject(new Error("no")), 1000);
  const second = turns.run(() => Promise.resolve(order.push("second")), 1000);
  const third = turns.run(() => Promise.resolve(order.push("third")), 1000);
  await assertRejects(() => first, Error, "no");
  await Promise.all([second, third]);
  assertEquals(order, ["second", "third"]);
});

Deno.test("patience counts from a turn's beginning, so that those who waited long do not begin together", async () => {
  const patienceMs = 60;
  const turns = new Turns();
  const begun: number[] = [];
  const open: (() => void)[] = [];
  const endless = () => {
    begun.push(performance.now());
    return new Promise<void>((resolve) => open.push(resolve));
  };
  const all = [0, 1, 2, 3].map(() => turns.run(endless, patienceMs));
  while (begun.length < all.length) await new Promise((resolve) => setTimeout(resolve, 5));
  for (const end of open) end();
  await Promise.all(all);
  // Timers come late, never early.
  begun.slice(1).forEach((at, index) => assert(at - (begun[index] ?? 0) >= patienceMs - 1));
});
