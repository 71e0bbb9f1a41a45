import { assertEquals } from "@std/assert";
import { Cancellation, type CancelSignal } from "./cancel.ts";

const kinds: readonly [string, () => { signal: CancelSignal; abort(reason: unknown): void }][] = [
  ["Cancellation", () => {
    const signal = new Cancellation();
    return { signal, abort: (reason) => signal.abort(reason) };
  }],
  ["AbortController", () => {
    const controller = new AbortController();
    return { signal: controller.signal, abort: (reason) => controller.abort(reason) };
  }],
];

for (const [name, make] of kinds) {
  Deno.test(`cancel: ${name} tells each listener once, in order, and none that came late or left`, () => {
    const { signal, abort } = make();
    const heard: string[] = [];
    const left = () => heard.push("left");
    const leaves = () => heard.push("leaves");
    signal.addEventListener("abort", () => {
      heard.push("first");
      signal.removeEventListener("abort", leaves); // one ends what another belongs to
    }, { once: true });
    signal.addEventListener("abort", left, { once: true });
    signal.addEventListener("abort", leaves, { once: true });
    signal.addEventListener("abort", () => heard.push(`last ${signal.aborted}`), { once: true });
    signal.removeEventListener("abort", left);
    assertEquals([signal.aborted, signal.reason, heard], [false, undefined, []]);
    abort("why");
    abort("again");
    signal.addEventListener("abort", () => heard.push("late"), { once: true });
    assertEquals([signal.aborted, signal.reason, heard], [true, "why", ["first", "last true"]]);
  });
}
