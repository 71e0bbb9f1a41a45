/**
 * A step of the wall clock between the host's start and a worker's: limits must hold as before. Needs libfaketime
 * (Debian package of that name), which steps the clock of this process alone:
 *
 *     echo +0 > /tmp/step
 *     LD_PRELOAD=/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1 FAKETIME_TIMESTAMP_FILE=/tmp/step \
 *       FAKETIME_CACHE_DURATION=1 FAKETIME_DONT_FAKE_MONOTONIC=1 \
 *       deno run -A tests/operate/clock_task.ts +3600
 */
import { assertEquals, assertLess } from "@std/assert";
import { handler } from "../guests/wat.ts";
import { testHost } from "../host/harness.ts";

const ROUNDS = 30_000_000;
const COMPUTES = `(local $i i32) (loop $again (local.set $i (i32.add (local.get $i) (i32.const 1)))
  (br_if $again (i32.lt_u (local.get $i) (i32.const ${ROUNDS})))) (call $send)`;

const stepFile = Deno.env.get("FAKETIME_TIMESTAMP_FILE") ?? "";
await using test = await testHost();
const before = Date.now();
await Deno.writeTextFile(stepFile, Deno.args[0] ?? "+3600");
await new Promise((resolve) => setTimeout(resolve, 1_500)); // the library looks at the file once a second
console.log(`the clock went on by ${Math.round((Date.now() - before) / 1000)} s`);
await test.deploy("computes", handler({ answer: "done", body: COMPUTES }));
assertEquals(await (await test.call("/api/computes")).text(), "done");
await test.deploy("loops", handler({ body: "(loop $again (br $again))" }), { limits: { wallMaxMs: 500 } });
const started = performance.now();
const stopped = await test.call("/api/loops");
await stopped.body?.cancel();
const tookMs = performance.now() - started;
assertEquals(stopped.status, 504);
assertLess(tookMs, 1_500);
console.log(`a loop with 500 ms was stopped after ${Math.round(tookMs)} ms`);
