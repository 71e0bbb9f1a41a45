/** A process that writes pairs until it is stopped or fails; a line on stdout for each acknowledged number. */
import { CapabilityError } from "../error.ts";
import { openStorage } from "./open.ts";
import { contextIn, QUICK } from "./testing.ts";

const folder = Deno.args[0] ?? "";
const storage = openStorage(QUICK, contextIn(folder));
const out = new TextEncoder();
try {
  for (let i = 0;; i += 2) {
    const set = (n: number) => ({ kind: "set", key: `key-${n}`, value: `${n}`.padEnd(1000) }) as const;
    const pair = [set(i), set(i + 1)];
    // In turns as a batch, and as two writes of one moment, which share a transaction.
    if (i % 4 === 0) storage.batch(pair);
    else await Promise.all(pair.map(({ key, value }) => storage.setTogether(key, value)));
    Deno.stdout.writeSync(out.encode(`${i + 1}\n`));
  }
} catch (error) {
  const why = error instanceof CapabilityError ? `${error.code}: ${error.message}` : String(error);
  Deno.writeTextFileSync(`${folder}/ended`, why);
}
