/** Short answers are told of together; none of them waits for a request that takes long. */
import { assert, assertEquals } from "@std/assert";
import { handler } from "../guests/wat.ts";
import { testHost } from "./harness.ts";

/** Answers at once; when the request's path is long it counts for some hundred milliseconds before. */
const COUNTS = `
  (if (i32.gt_u (local.get $length) (i32.const 3000)) (then
    (loop $again
      (local.set $event (i64.add (local.get $event) (i64.const 1)))
      (br_if $again (i64.lt_u (local.get $event) (i64.const 600000000))))))
  (call $send)`;

Deno.test("answers reach their clients while the guest of the next request computes", async () => {
  await using test = await testHost();
  await test.deploy("both", handler({ body: COUNTS }));
  const slow = `/api/both/${"x".repeat(4000)}`;
  for (let round = 0; round < 8; round++) {
    // These show the worker that answers of this service come fast.
    for (let warm = 0; warm < 30; warm++) {
      await Promise.all([test.call("/api/both/a"), test.call("/api/both/b")]);
    }
    const fast = Array.from({ length: 8 }, () => test.call("/api/both/c"));
    const last = test.call(slow);
    let ended = false;
    last.then(() => ended = true);
    for (const answer of await Promise.all(fast)) assertEquals(await answer.text(), "ok");
    await new Promise((resolve) => setTimeout(resolve, 0)); // what came with them would be there now
    assert(!ended, "the answers came only with that of the slow request");
    assertEquals(await (await last).text(), "ok");
  }
});
