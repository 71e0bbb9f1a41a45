/** Guests that wait: for ever, not at all, and beside one that traps. */
import { assertEquals } from "@std/assert";
import { handler } from "../guests/wat.ts";
import { testHost } from "../host/harness.ts";

/** Waits so long by the monotonic clock, then answers; an event of more than 2,000 bytes traps instead. */
const waiting = (ns: string) =>
  handler({
    imports:
      `(import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))`,
    body: `(if (i32.gt_u (local.get $length) (i32.const 2000)) (then unreachable))
      (i32.store (i32.const 9016) (i32.const 1))
      (i64.store (i32.const 9024) (i64.const ${ns}))
      (if (call $poll (i32.const 9000) (i32.const 9100) (i32.const 1) (i32.const 9200)) (then unreachable))
      (call $send)`,
  });
const capabilities = { clock: true };

Deno.test("a guest that waits for ever is given up at its wall limit, and the next request is served", async () => {
  await using test = await testHost();
  const limits = { wallMaxMs: 300, concurrencyMaxCount: 2 };
  await test.deploy("forever", waiting("-1"), { capabilities, limits });
  const statuses = (answers: Response[]) => answers.map(({ status }) => status);
  const all = await Promise.all([1, 2, 3, 4].map(() => test.call("/api/forever")));
  assertEquals(statuses(all).filter((status) => status !== 504 && status !== 503), []);
  assertEquals(statuses(all).includes(504), true);
  assertEquals((await test.call(`/api/forever?${"x".repeat(2100)}`)).status, 500, "it still runs");
});

Deno.test("a guest that waits is not touched by one that traps meanwhile, or by one that does not wait", async () => {
  await using test = await testHost();
  await test.deploy("waiting", waiting("100000000"), { capabilities });
  await test.deploy("instant", waiting("0"), { capabilities });
  const slow = [1, 2, 3].map(() => test.call("/api/waiting"));
  assertEquals((await test.call(`/api/waiting?${"x".repeat(2100)}`)).status, 500);
  assertEquals(await (await test.call("/api/instant")).text(), "ok");
  for (const answer of await Promise.all(slow)) assertEquals(await answer.text(), "ok");
});
