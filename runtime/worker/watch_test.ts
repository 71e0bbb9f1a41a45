import { assertEquals } from "@std/assert";
import { Watch } from "./watch.ts";

/** The monotonic clock with jumps: what a process sees that was stopped for a while. */
function jumpingClock(): { byMs: number } & Disposable {
  const real = performance.now.bind(performance);
  const clock = {
    byMs: 0,
    [Symbol.dispose]() {
      performance.now = real;
    },
  };
  performance.now = () => real() + clock.byMs;
  return clock;
}

const turns = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function watchOne() {
  const seen = { looks: 0, lost: 0 };
  const watch = new Watch({
    busy: true,
    looked: () => seen.looks++,
    idle: () => {},
    lost: () => seen.lost++,
  }, { wallMaxMs: 10, cpuMaxMs: 10, startMaxMs: 10 });
  watch.started();
  return { watch, seen };
}

Deno.test("a worker is not lost because the whole process stood still", async () => {
  using clock = jumpingClock();
  const { watch, seen } = watchOne();
  for (let stop = 0; stop < 3; stop++) {
    clock.byMs += 3_600_000;
    const before = seen.looks;
    while (seen.looks < before + 2 && seen.lost === 0) await turns(5);
    watch.heard(performance.now());
  }
  assertEquals(seen.lost, 0);
  watch.end();
});

Deno.test("a worker that is silent while the process goes on is lost", async () => {
  using clock = jumpingClock();
  const { watch, seen } = watchOne();
  // Four seconds in steps that a busy host may well take.
  while (seen.looks < 40 && seen.lost === 0) {
    clock.byMs += 100;
    await turns(2);
  }
  assertEquals(seen.lost, 1);
  watch.end();
});
