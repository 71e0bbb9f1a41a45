import { assertEquals, assertStringIncludes } from "@std/assert";
import { BerthError } from "./error.ts";
import { failureText, guestFrames, withDenials } from "./failure_text.ts";

const TRAP = "memory access out of bounds";
const STACK = [
  `RuntimeError: ${TRAP}`,
  "    at loop (wasm://wasm/module-00033b0e:wasm-function[0]:0x476)",
  "    at Guest.call (file:///opt/berth/runtime/worker/guest.ts:223:14)",
  "    at async file:///opt/berth/runtime/worker/runtime.ts:306:54",
].join("\n");

Deno.test("failures: a guest that was stopped is told by which limit, a trap of its own as it is", () => {
  assertEquals(failureText("wall-limit", TRAP), "it was stopped when its time was over (limits.wallMaxMs)");
  assertEquals(failureText("trap", TRAP), TRAP);
  assertEquals(failureText("wall-limit", "waited for too long"), "waited for too long");
});

Deno.test("failures: a backtrace holds the guest's frames and no path of the device", () => {
  assertEquals(guestFrames("trap", TRAP, STACK), STACK.split("\n").slice(0, 2).join("\n"));
  assertEquals(
    guestFrames("cpu-limit", TRAP, STACK).split("\n")[0],
    "RuntimeError: it was stopped when its computing time was used up (limits.cpuMaxMs)",
  );
  const own = "TypeError: x\n    at file:///opt/berth/abi/memory.ts:1:1";
  assertEquals(guestFrames("internal", "x", own), own);
});

Deno.test("failures: a start that failed after denials tells what would have allowed it", () => {
  const failed = new BerthError("start-failed", "the start of the service failed: null function");
  const told = withDenials(failed, [
    { attempt: "reads clock 0", manifestLine: '"clock": true' },
    { attempt: "reads clock 1", manifestLine: '"clock": true' },
    { attempt: "asks for random bytes", manifestLine: '"random": true' },
  ]);
  assertStringIncludes(String(told), '"clock": true, "random": true');
  assertEquals(withDenials(failed, []), failed);
  const other = new BerthError("start-slow", "x");
  assertEquals(withDenials(other, [{ attempt: "a", manifestLine: "b" }]), other);
});
