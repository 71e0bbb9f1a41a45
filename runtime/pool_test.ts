import { assertEquals } from "@std/assert";
import { handler } from "../tests/guests/wat.ts";
import type { BerthError } from "./error.ts";
import { limitsInForce } from "./limits_in_force.ts";
import { Pool, type PoolOptions } from "./pool.ts";
import { prepareModule } from "./unit/prepare/mod.ts";
import { Turns } from "./turns.ts";
import { Lane } from "./worker/lane.ts";
import type { LaneEvents } from "./worker/lane_events.ts";

const LOOP_WHEN_LONG =
  `(if (i32.gt_u (local.get $length) (i32.const 2000)) (then (loop $l (br $l)))) (call $send)`;

/** A pool of real workers; `lanes` has each that was ever made. */
async function poolOf(module: Uint8Array, options: Partial<PoolOptions> = {}) {
  const limits = limitsInForce({ wallMaxMs: 60_000, cpuMaxMs: 60_000 });
  const compiled = await WebAssembly.compile(prepareModule(module, limits).bytes);
  const lanes: Lane[] = [];
  const states: string[] = [];
  const gate = { open: 0, max: 16 };
  const events: LaneEvents = {
    log: () => {},
    denied: () => {},
    failed: () => {},
    freed: () => pool.freed(),
    answered: () => {},
    problem: (error: BerthError) => new Response(error.code, { status: 500 }),
    ended: (lane, error) => pool.ended(lane, error),
    fault: (error) => {
      throw error;
    },
    carryOut: () => {
      throw new Error("no calls to other services are made here");
    },
  };
  const spawn = () => {
    const facts = { id: "x", name: "x", version: "1", clientId: "api", basePath: "/x", httpPort: 0 };
    const lane = new Lane(
      {
        module: compiled,
        state: "fresh",
        requestPrefix: "test",
        grants: {},
        config: {},
        secrets: {},
        place: { privateFolder: "", storageFile: "", assetsFolder: null },
        limits,
        facts: { ...facts, nodeId: "", accountId: "" },
        trace: false,
      },
      { read: [], write: [], net: [] },
      events,
    );
    lanes.push(lane);
    return Promise.resolve(lane);
  };
  const pool = new Pool({
    size: 1,
    concurrency: 8,
    queueMax: 8,
    idleMs: 0,
    gate,
    turns: new Turns(),
    spawn,
    changed: (state) => states.push(state),
    ...options,
  });
  let number = 0;
  const ask = (query = "") =>
    pool.run(
      (lane) => lane.send(new Request("http://x/"), `/?${query}`, ++number),
      (error) => new Response(error.code, { status: 503 }),
    );
  return { pool, lanes, states, gate, ask, [Symbol.asyncDispose]: () => pool.stop(1000) };
}

Deno.test("a worker that is lost fails its requests, is replaced, and the next requests are served", async () => {
  await using test = await poolOf(handler({ body: LOOP_WHEN_LONG }));
  assertEquals(await (await test.ask()).text(), "ok");
  const stuck = test.ask("x".repeat(2000));
  await new Promise((resolve) => setTimeout(resolve, 20));
  test.lanes[0]?.lost();
  assertEquals([(await stuck).status, await (await stuck).text()], [500, "service-failed"]);
  assertEquals(test.pool.state, "failing");
  await new Promise((resolve) => setTimeout(resolve, 300)); // the first pause before a new start
  assertEquals(await (await test.ask()).text(), "ok");
  assertEquals([test.lanes.length, test.pool.state], [2, "running"]);
});

Deno.test("while it waits before a new start, requests are told when to come again", async () => {
  await using test = await poolOf(handler());
  await test.ask();
  test.lanes[0]?.lost();
  const answer = await test.ask();
  assertEquals([answer.status, await answer.text()], [503, "service-stopped"]);
});

Deno.test("a second worker is started when the first is busy, and no more than there may be", async () => {
  await using test = await poolOf(handler({ body: LOOP_WHEN_LONG }), { size: 2, concurrency: 1 });
  await test.ask();
  const stuck = test.ask("x".repeat(2000));
  const answers = await Promise.all(Array.from({ length: 5 }, () => test.ask()));
  assertEquals(await Promise.all(answers.map((answer) => answer.text())), ["ok", "ok", "ok", "ok", "ok"]);
  assertEquals(test.lanes.length, 2);
  test.lanes[0]?.lost();
  assertEquals((await stuck).status, 500);
});

Deno.test("over the number of requests that the whole process may have, the next one is refused; none is forgotten", async () => {
  await using test = await poolOf(handler({ body: LOOP_WHEN_LONG }), { size: 1 });
  await test.ask();
  assertEquals(test.gate.open, 0);
  const stuck = test.ask("x".repeat(2000));
  test.gate.open += 15; // those of other services
  assertEquals(await (await test.ask()).text(), "service-busy");
  test.gate.open -= 15;
  test.lanes[0]?.lost();
  await stuck;
  assertEquals(test.gate.open, 0);
});

Deno.test("a worker that ends as soon as it has started is none of the pool's, and another one takes its place", async () => {
  const turns = new class extends Turns {
    override async run<T>(action: () => Promise<T>): Promise<T> {
      const made = await action();
      if (test.lanes.length === 1) test.lanes[0]?.lost();
      return made;
    }
  }();
  await using test = await poolOf(handler(), { turns });
  assertEquals((await test.ask()).status, 503);
  assertEquals([test.pool.lanes.length, test.pool.state], [0, "failing"]);
  await new Promise((resolve) => setTimeout(resolve, 300)); // the first pause before a new start
  assertEquals(await (await test.ask()).text(), "ok");
});
