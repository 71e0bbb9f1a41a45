/** A quiet heap is put together: not before, not too often, and not for next to nothing. */
import { assert, assertEquals } from "@std/assert";
import { testHost } from "../tests/host/harness.ts";
import { handler } from "../tests/guests/wat.ts";
import { Compaction, compactWhenQuiet } from "./compaction.ts";

/** Something that nobody holds. */
async function garbage(): Promise<WeakRef<object>> {
  const ref = new WeakRef({});
  await new Promise((resolve) => setTimeout(resolve, 0)); // until the end of its turn a reference keeps it
  return ref;
}

/** Whether a quiet time at this moment collects. */
async function collects(compaction: Compaction, nowMs: number): Promise<boolean> {
  const ref = await garbage();
  compaction.quiet(nowMs);
  return ref.deref() === undefined;
}

Deno.test("what nobody holds is collected in the first quiet time, and in later ones when it is worth it", async () => {
  const compaction = new Compaction(() => false);
  assert(await collects(compaction, 1_000));
  assert(!await collects(compaction, 100_000), "collected though nothing was asked for since");
  compaction.asked += 200;
  assert(!await collects(compaction, 30_000), "collected twice within half a minute");
  assert(await collects(compaction, 100_000));
});

Deno.test("a thread that blocks is told how long to be patient, and without an end when there is nothing to gain", async () => {
  const compaction = new Compaction(() => false);
  const patience: (number | undefined)[] = [];
  const block = (heard: boolean) => compaction.block({ wait: (ms) => (patience.push(ms), heard) });
  const first = await garbage();
  block(true);
  assert(first.deref() !== undefined, "collected though a frame came");
  await new Promise((resolve) => setTimeout(resolve, 0)); // whoever asks for it holds it until the end of the turn
  block(false);
  assertEquals(first.deref(), undefined);
  block(true);
  assertEquals(patience, [1_000, 1_000, undefined]);
});

Deno.test("what many requests have made fast stays as long as more may come soon", () => {
  const compaction = new Compaction(() => false);
  assertEquals(compaction.patienceMs, 1_000);
  compaction.asked = 200;
  assertEquals(compaction.patienceMs, 60_000);
});

Deno.test("a host's heap is collected once nothing happens any more", async () => {
  let requests = 0, looks = 0;
  const end = compactWhenQuiet(() => ({ requests: looks++ < 5 ? ++requests : requests, workers: 0 }), 5);
  try {
    const ref = await garbage();
    while (looks < 5) await new Promise((resolve) => setTimeout(resolve, 1));
    assert(ref.deref() !== undefined || looks > 5, "collected while requests came");
    while (ref.deref() !== undefined) await new Promise((resolve) => setTimeout(resolve, 5));
  } finally {
    end();
  }
});

Deno.test("services answer after their workers were put together, blocked or in their event loop", async () => {
  await using test = await testHost({ ownProcess: true });
  await test.deploy("blocks", handler({ body: "(call $send)" }));
  await test.deploy("loops", handler({ body: "(call $send)" }), {
    capabilities: { http: { allow: ["https://example.com"] } },
  });
  const all = () =>
    Promise.all(["blocks", "loops"].map(async (name) => await (await test.call(`/api/${name}/`)).text()));
  assertEquals(await all(), ["ok", "ok"]);
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  assertEquals(await all(), ["ok", "ok"]);
});
