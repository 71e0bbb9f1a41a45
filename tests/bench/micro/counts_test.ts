import { assertEquals } from "@std/assert";
import baseline from "./baseline.json" with { type: "json" };
import { countRequests, REQUEST_KINDS } from "./count.ts";
import { COUNTED } from "./counters.ts";

// Noise that is not the request's: a timer's work now and then; with a body in pieces, how many arrive together.
const TOLERATED = 0.25;
const TOLERATED_IN_PIECES = 1.5;

Deno.test("a request costs no more frames, copies, buffers, conversions and instances than it did", async () => {
  const counts = await countRequests();
  const risen: string[] = [];
  for (const kind of REQUEST_KINDS) {
    for (const side of ["host", "worker"] as const) {
      for (const name of COUNTED) {
        const [was, is] = [baseline[kind][side][name], counts[kind][side][name]];
        const slack = kind.startsWith("body-") ? TOLERATED_IN_PIECES : TOLERATED;
        const allowed = name === "bytesCopied" ? was * 1.02 + 8 : was + slack;
        if (is > allowed) risen.push(`${kind}, ${side}: ${name} ${was} -> ${is}`);
      }
    }
  }
  // Wanted for a reason? Then write the new baseline with counts_task.ts and say why in the commit.
  assertEquals(risen, []);
  assertEquals(counts.hello.worker.frames > 0 && counts.hello.host.frames > 0, true, "nothing was counted");
});
