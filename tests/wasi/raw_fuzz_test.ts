import { assertGreater } from "@std/assert";
import { fuzz } from "./raw_fuzz.ts";

Deno.test("random raw calls: no escape, no uncaught exception, no unknown answer", async () => {
  const fresh = crypto.getRandomValues(new Uint32Array(1))[0] ?? 1;
  for (const [seed, native] of [[1, false], [2, true], [fresh, false], [fresh, true]] as const) {
    const report = await fuzz(seed, 5_000, 20_000, native);
    // A fuzzer whose calls all fail at the first check tries nothing.
    assertGreater(report.errnos.get(0) ?? 0, report.calls / 10);
    assertGreater(report.errnos.size, 11);
  }
});
