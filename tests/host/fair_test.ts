/** A busy service leaves room for the others; shown by counts, not by times. */
import { assertEquals, assertGreater, assertLess } from "@std/assert";
import { caller, handler } from "../guests/wat.ts";
import { testHost, until } from "./harness.ts";

/** A server whose answers come when they are let go. */
function holding() {
  const { promise, resolve: release } = Promise.withResolvers<void>();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => promise.then(() => new Response("ok")),
  );
  return { origin: `http://127.0.0.1:${server.addr.port}`, release, close: () => server.shutdown() };
}

Deno.test("requests that wait, of one or several services, leave places of the process for every other", async () => {
  const PLACES = 16;
  const outside = holding();
  {
    await using test = await testHost({
      limits: { suspendedCallsMaxCount: PLACES, egressConcurrencyMaxCount: 64 },
    });
    const http = { capabilities: { http: { allow: [outside.origin] } } };
    const status = async (name: string) => {
      const answer = await test.call(`/api/${name}`);
      await answer.body?.cancel();
      return answer.status;
    };
    const floods: Promise<number>[] = [];
    const held: number[] = [];
    for (const name of ["greedy", "greedier"]) {
      const service = await test.deploy(name, caller(`${outside.origin}/`), http);
      for (let i = 0; i < 3 * PLACES; i++) floods.push(status(name));
      await until("its requests are in", () => service.load.open > 0);
      held.push(service.load.open);
    }
    // The first may hold what is still free, so half; of what then is left the second may hold half.
    assertEquals(held, [8, 4]);
    const calm = await test.deploy("calm", handler());
    for (let i = 0; i < 50; i++) assertEquals(await status("calm"), 200);
    assertEquals(await Promise.all([1, 2, 3].map(() => status("calm"))), [200, 200, 503]);
    assertEquals(calm.counters.errorCodes["service-busy"], 1);
    outside.release();
    const answers = await Promise.all(floods);
    assertEquals(answers.filter((code) => code === 200).length, 12);
    assertEquals(answers.filter((code) => code === 503).length, 6 * PLACES - 12);
  }
  await outside.close();
});

Deno.test("a service that computes all the time does not come before another's requests", async () => {
  await using test = await testHost();
  // Some milliseconds of computing for each request.
  const busy = handler({
    fields: "(global $n (mut i32) (i32.const 0))",
    body: `(global.set $n (i32.const 3000000))
      (loop $l (global.set $n (i32.sub (global.get $n) (i32.const 1))) (br_if $l (global.get $n))) (call $send)`,
  });
  await test.deploy("busy", busy);
  await test.deploy("calm", handler());
  let going = true, done = 0;
  const CLIENTS = 48;
  const clients = Promise.all(Array.from({ length: CLIENTS }, async () => {
    for (; going; done++) await (await test.call("/api/busy")).body?.cancel();
  }));
  await until("it is busy", () => done > CLIENTS);
  const before = done;
  for (let i = 0; i < 30; i++) assertEquals((await test.call("/api/calm")).status, 200);
  const meanwhile = done - before;
  going = false;
  await clients;
  // In one queue with the busy one each request would wait for those before it: 48 · 30.
  assertLess(meanwhile, CLIENTS * 30 / 4);
  assertGreater(done, CLIENTS);
});

Deno.test("a service has no more workers than the device has cores, whatever its manifest says", async () => {
  await using test = await testHost();
  const cores = navigator.hardwareConcurrency;
  const many = await test.deploy("many", handler(), { workers: 16 });
  let most = 0;
  for (let round = 0; round < 150; round++) {
    await Promise.all(
      Array.from({ length: 32 }, () => test.call("/api/many").then((answer) => answer.text())),
    );
    most = Math.max(most, many.load.workers);
  }
  assertEquals(most, Math.min(16, cores));
});
