import { assertEquals } from "@std/assert";
import baseline from "./allocations.json" with { type: "json" };
import { type AllocationsByKind, countAllocations } from "./allocations.ts";

// From run to run they lie within 0.5 %; with a body in pieces, it matters how many arrive together.
const TOLERATED = 1.03;
const TOLERATED_IN_PIECES = 1.12;
const TOLERATED_BYTES = 64;

Deno.test("a request allocates no more than it did, and reads files no more often", async () => {
  const before: AllocationsByKind = baseline;
  const risen: string[] = [];
  const now = await countAllocations();
  assertEquals(Object.keys(now), Object.keys(before));
  for (const [kind, { hostBytes, workerBytes, reads }] of Object.entries(now)) {
    const was = before[kind];
    if (!was) continue;
    const most = (bytes: number) =>
      bytes * (kind.startsWith("body-") ? TOLERATED_IN_PIECES : TOLERATED) + TOLERATED_BYTES;
    if (hostBytes > most(was.hostBytes)) risen.push(`${kind}, host: ${was.hostBytes} -> ${hostBytes} bytes`);
    if (workerBytes > most(was.workerBytes)) {
      risen.push(`${kind}, worker: ${was.workerBytes} -> ${workerBytes} bytes`);
    }
    if (reads > was.reads) risen.push(`${kind}: ${was.reads} -> ${reads} reads`);
    assertEquals(hostBytes > 0 && workerBytes > 0, true, "nothing was counted");
  }
  // Wanted for a reason? Then write the new baseline with counts_task.ts and say why in the commit.
  assertEquals(risen, []);
});
