/** A short run of the fuzzers; `message_fuzz.ts` runs them for long. */
import { fuzzForm, fuzzMessages, fuzzReader } from "./message_fuzz.ts";
import { seeded } from "../../capabilities/seeded.ts";

Deno.test("random and damaged messages give documented errors, never another exception", async () => {
  const random = seeded(1);
  for (let round = 0; round < 60; round++) await fuzzMessages(random, 20);
});

Deno.test("random bytes give the reader's own error or a value", () => {
  const random = seeded(2);
  for (let round = 0; round < 20_000; round++) fuzzReader(random);
});

Deno.test("damaged forms in random pieces end, in parts or in an error", () => {
  const random = seeded(3);
  for (let round = 0; round < 2_000; round++) fuzzForm(random);
});
