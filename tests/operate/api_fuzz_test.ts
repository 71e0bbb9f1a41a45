/** A short run of the fuzzer of the management API, from a fixed seed. */
import { assert, assertGreater } from "@std/assert";
import { fuzzApi } from "./api_fuzz.ts";

Deno.test("requests made from the OpenAPI document are answered as it says or refused with a code, never with a fault", async () => {
  const counts = await fuzzApi(250, 20261123);
  // A run in which everything is refused at the same gate would show nothing.
  assertGreater(Object.keys(counts).length, 12, JSON.stringify(counts));
  assert((counts["200"] ?? 0) > 40 && (counts["201"] ?? 0) > 0, JSON.stringify(counts));
  assert((counts["request-invalid"] ?? 0) > 5, JSON.stringify(counts));
});
