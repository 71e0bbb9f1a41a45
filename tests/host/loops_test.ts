import { assert, assertEquals } from "@std/assert";
import { runLoops } from "./loops.ts";

Deno.test("loops of every kind are stopped with 504; their neighbours answer; no thread is left", async () => {
  const figures = await runLoops(36, 200);
  assertEquals([figures.stopped, figures.sameWorkerFailed], [36, 0]);
  assert(figures.threadsGrowth <= 0, `${figures.threadsGrowth} threads more`);
});
