/** Fuzzes for a while: `deno run -A tests/prepare/fuzz_task.ts [seconds] [first seed]`. Stops at the first difference. */
import { fuzzOne, type FuzzSums } from "./fuzz.ts";

const seconds = Number(Deno.args[0] ?? 60);
const first = Number(Deno.args[1] ?? 1_000_000);
const sums: FuzzSums = { modules: 0, calls: 0, traps: 0, restored: 0 };
const until = performance.now() + seconds * 1000;
for (let seed = first; performance.now() < until; seed++) fuzzOne(seed, sums);
console.log(JSON.stringify(sums));
