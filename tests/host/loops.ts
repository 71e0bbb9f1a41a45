/** Guests that never end when the URL is long, through the whole host: who is stopped, who is harmed. */
import { assertEquals } from "@std/assert";
import { type Handler, handler } from "../guests/wat.ts";
import { testHost } from "./harness.ts";

/** What runs when the URL is long; `fields` beside it. */
const LOOPS: Readonly<Record<string, Handler>> = {
  empty: { body: "(loop $l (br $l))" },
  counting: { body: "(loop $l (local.set $event (i64.add (local.get $event) (i64.const 1))) (br $l))" },
  storing: {
    body: `(loop $l (i32.store (i32.and (local.get $length) (i32.const 0xfffc)) (local.get $length))
      (local.set $length (i32.add (local.get $length) (i32.const 4))) (br $l))`,
  },
  calling: { fields: "(func $f)", body: "(loop $l (call $f) (br $l))" },
  "host calling": {
    body: "(loop $l (call $take (i32.const 9000) (local.get $event) (i32.const 1)) (br $l))",
  },
  "mutual recursion": {
    fields: `(func $a (param i32) (if (local.get 0) (then (call $b (i32.sub (local.get 0) (i32.const 1)))
        (call $b (i32.sub (local.get 0) (i32.const 1))))))
      (func $b (param i32) (if (local.get 0) (then (call $a (i32.sub (local.get 0) (i32.const 1)))
        (call $a (i32.sub (local.get 0) (i32.const 1))))))`,
    body: "(call $a (i32.const 60))",
  },
  "br_table": {
    body: "(loop $l (block $b (br_table $l $l $l (i32.and (local.get $length) (i32.const 3)))))",
  },
  "tail calls": { fields: "(func $t (return_call $u)) (func $u (return_call $t))", body: "(call $t)" },
  exceptions: {
    fields: "(tag $e) (func $throw (throw $e))",
    body: "(loop $l (try (do (call $throw)) (catch_all (br $l))))",
  },
  "catch all around": { body: "(loop $l (try (do (loop $m (br $m))) (catch_all)) (br $l))" },
  filling: { body: "(loop $l (memory.fill (i32.const 8192) (i32.const 1) (i32.const 0xe000)) (br $l))" },
  growing: { body: "(loop $l (drop (memory.grow (i32.const 1))) (br $l))", pages: [2, 65536] },
};

/** What was seen. */
export interface LoopFigures {
  readonly stopped: number;
  /** Milliseconds after the limit at which the caller had its 504. */
  readonly lateMedianMs: number;
  readonly lateWorstMs: number;
  /** Requests to a neighbour in another service, meanwhile and before. */
  readonly neighbourMedianMs: number;
  readonly neighbourBeforeMs: number;
  /** Short requests in the same worker that did not get their answer: with a small limit, a busy machine is enough. */
  readonly sameWorkerFailed: number;
  readonly rssGrowthBytes: number;
  readonly threadsGrowth: number;
}

const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1] ?? 0;
const threads = () => [...Deno.readDirSync("/proc/self/task")].length;

const LONG = "x".repeat(2000);

/** Runs `rounds` requests that loop, in turn over all kinds; checks each answer. */
export async function runLoops(rounds: number, wallMs: number): Promise<LoopFigures> {
  await using test = await testHost({ idleMs: 0 });
  const names: string[] = [];
  for (const [kind, parts] of Object.entries(LOOPS)) {
    const name = kind.replaceAll(/[ _]/g, "-");
    const body = `(if (i32.gt_u (local.get $length) (i32.const 2000)) (then ${parts.body})) (call $send)`;
    await test.deploy(name, handler({ ...parts, body }), { limits: { wallMaxMs: wallMs } });
    names.push(name);
  }
  await test.deploy("neighbour", handler());
  const ask = async () => {
    const began = performance.now();
    const answer = await test.call("/api/neighbour");
    assertEquals([answer.status, await answer.text()], [200, "ok"]);
    return performance.now() - began;
  };
  const before: number[] = [];
  for (let i = 0; i < 50; i++) before.push(await ask());
  const late: number[] = [], meanwhile: number[] = [];
  let sameWorkerFailed = 0;
  let start = { rss: Deno.memoryUsage().rss, threads: threads() };
  for (let round = 0; round < rounds; round++) {
    if (round === Math.min(200, rounds >> 1)) start = { rss: Deno.memoryUsage().rss, threads: threads() };
    const name = names[round % names.length];
    const began = performance.now();
    const stuck = test.call(`/api/${name}?${LONG}`);
    const same = test.call(`/api/${name}`);
    meanwhile.push(await ask());
    const answer = await stuck;
    late.push(performance.now() - began - wallMs);
    assertEquals([name, answer.status, (await answer.json()).code], [name, 504, "time-over"]);
    if ((await same).status !== 200) sameWorkerFailed++;
  }
  return {
    stopped: rounds,
    lateMedianMs: median(late),
    lateWorstMs: Math.max(...late),
    neighbourMedianMs: median(meanwhile),
    neighbourBeforeMs: median(before),
    sameWorkerFailed,
    rssGrowthBytes: Deno.memoryUsage().rss - start.rss,
    threadsGrowth: threads() - start.threads,
  };
}
