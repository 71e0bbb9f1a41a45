import { assertEquals } from "@std/assert";
import { handler } from "../../guests/wat.ts";
import { testHost } from "../../host/harness.ts";
import { replaceWorkerEntry } from "../measure/worker_entry.ts";
import { COUNTED, createCounts } from "./counters.ts";

const AT_ONCE_COUNT = 32;

Deno.test("requests at once to a guest that might suspend, and does not, share one instance", async () => {
  const counts = createCounts();
  replaceWorkerEntry(new URL("./counted_entry.ts", import.meta.url), { counts });
  const made = () => counts[COUNTED.indexOf("instances")];
  await using test = await testHost({ idleMs: 0 });
  const imports = `(import "berth" "call" (func (param i32 i32) (result i32)))`;
  await test.deploy("might", handler({ imports }), { limits: { concurrencyMaxCount: AT_ONCE_COUNT } });
  const before = made();
  for (let round = 0; round < 8; round++) {
    const answers = Array.from({ length: AT_ONCE_COUNT }, () => test.call("/api/might/"));
    for (const answer of await Promise.all(answers)) assertEquals(await answer.text(), "ok");
  }
  assertEquals([before !== undefined && before > 0, made()], [true, before]);
});
