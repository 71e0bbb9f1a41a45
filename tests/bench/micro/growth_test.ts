import { assertEquals } from "@std/assert";
import { deployedFolders } from "../life/growth.ts";
import { collector } from "./heap.ts";
import { ExecutionCounter, type Executions, risen } from "./executions.ts";

const ALL_COUNT = 8;
const REQUESTS = 200;
const MANY_REQUESTS = 2_000;
/** More executions for a request than before that are noise: a timer's look, a turn of a loop. A loop over all services is {@link ALL_COUNT}. */
const SLACK_COUNT = 3;
/** What a request may leave behind; a forgotten one is some hundred bytes at least. */
const LEFT_MAX_BYTES = 40;

const FOLDERS = ["runtime/", "abi/", "capabilities/"];

Deno.test("a request costs the same with many services, and after many requests", async () => {
  await using stack = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "berth-test-" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  // In processes of their own: while this thread's executions are counted, a worker takes a second to start.
  const folders = await deployedFolders(folder, [1, ALL_COUNT]);
  using counter = await ExecutionCounter.start();
  // Loaded now: what was loaded before is not counted by block.
  const { testHost } = await import("../../host/harness.ts");
  const openHost = async (count: number) => {
    const test = await testHost({ dataFolder: folders.get(count) ?? folder, idleMs: 0 });
    const ask = async (times: number, name = "svc-0") => {
      for (let time = 0; time < times; time++) {
        const answer = await test.call(`/api/${name}`);
        assertEquals([answer.status, await answer.text()], [200, "hello"]);
      }
    };
    const executed = async (): Promise<Executions> => {
      await ask(REQUESTS);
      await counter.take(FOLDERS);
      await ask(REQUESTS);
      return await counter.take(FOLDERS);
    };
    return { test, ask, executed };
  };

  const one = await openHost(1);
  const alone = await one.executed();
  assertEquals((alone.get("runtime/host.ts") ?? 0) > REQUESTS, true, "nothing was counted");
  await one.test[Symbol.asyncDispose]();

  const { test, ask, executed } = await openHost(ALL_COUNT);
  stack.use(test);
  assertEquals(risen(alone, await executed(), REQUESTS, SLACK_COUNT), [], "with many services asleep");
  await ask(1, "svc-1");
  assertEquals(risen(alone, await executed(), REQUESTS, SLACK_COUNT), [], "with another one awake");
  const collect = collector();
  const before = collect();
  await ask(MANY_REQUESTS);
  const leftBytes = (collect() - before) / MANY_REQUESTS;
  assertEquals(leftBytes < LEFT_MAX_BYTES, true, `each request leaves ${leftBytes.toFixed(0)} bytes`);
  assertEquals(risen(alone, await executed(), REQUESTS, SLACK_COUNT), [], "after many requests");
});
