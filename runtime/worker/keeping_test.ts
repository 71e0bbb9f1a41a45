import { assertEquals } from "@std/assert";
import { Keeping } from "./keeping.ts";

const ask = (keeping: Keeping, count: number) => Array.from({ length: count }, () => keeping.next());

Deno.test("instances that are put back are worth their snapshots", () => {
  const keeping = new Keeping();
  keeping.tried(true);
  assertEquals(ask(keeping, 3), [true, true, true]);
});

Deno.test("after some in a row that could not be put back, few are tried; one that could brings snapshots back", () => {
  const keeping = new Keeping();
  for (let lost = 0; lost < 4; lost++) {
    assertEquals(keeping.next(), true);
    keeping.tried(false);
  }
  const next = ask(keeping, 32);
  assertEquals(next.filter((keeps) => keeps).length, 2);
  keeping.tried(true);
  assertEquals(ask(keeping, 2), [true, true]);
});

Deno.test("where a new instance is cheaper, no snapshot is taken", () => {
  const keeping = new Keeping();
  keeping.choose("instance");
  assertEquals([keeping.reset, ...ask(keeping, 20)], ["instance", ...Array(20).fill(false)]);
});
