/**
 * What a busy service costs another one: requests of `calm` one after the other, alone and beside one that computes
 * all the time for 48 clients, with one worker and with as many as it may have.
 *
 *     deno run -A tests/host/fair_bench.ts [requests]
 */
import { handler } from "../guests/wat.ts";
import { testHost } from "./harness.ts";

const REQUESTS = Number(Deno.args[0] ?? 300);
const CLIENTS = 48;
/** Some milliseconds of computing. */
const BUSY = handler({
  fields: "(global $n (mut i32) (i32.const 0))",
  body: `(global.set $n (i32.const 3000000))
    (loop $l (global.set $n (i32.sub (global.get $n) (i32.const 1))) (br_if $l (global.get $n))) (call $send)`,
});

await using test = await testHost();
await test.deploy("calm", handler());
await test.deploy("busy", BUSY);
await test.deploy("busier", BUSY, { workers: 16 });

async function measure(what: string, rival: string | null): Promise<void> {
  let going = true, done = 0;
  const clients = Array.from({ length: rival ? CLIENTS : 0 }, async () => {
    for (; going; done++) await (await test.call(`/api/${rival}`)).body?.cancel();
  });
  await new Promise((resolve) => setTimeout(resolve, 500));
  const before = done, took: number[] = [];
  const started = performance.now();
  for (let i = 0; i < REQUESTS; i++) {
    const at = performance.now();
    await (await test.call("/api/calm")).body?.cancel();
    took.push(performance.now() - at);
  }
  const seconds = (performance.now() - started) / 1000;
  const meanwhile = done - before;
  going = false;
  await Promise.all(clients);
  took.sort((a, b) => a - b);
  const at = (share: number) => took[Math.floor(took.length * share)]?.toFixed(2);
  console.log(
    `${what}: calm p50 ${at(0.5)} ms, p99 ${at(0.99)} ms; the other one ${
      Math.round(meanwhile / seconds)
    } requests/s`,
  );
}

await measure("alone", null);
await measure("beside one busy worker", "busy");
await measure("beside as many as there are cores", "busier");
