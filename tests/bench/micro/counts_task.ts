/** Writes the counts of today as the baseline: `deno run -A tests/bench/micro/counts_task.ts`. */
import { countAllocations } from "./allocations.ts";
import { countRequests } from "./count.ts";

async function write(name: string, counts: unknown): Promise<void> {
  await Deno.writeTextFile(new URL(name, import.meta.url), JSON.stringify(counts, null, 2) + "\n");
}

await write("./allocations.json", await countAllocations());
await write("./baseline.json", await countRequests());
Deno.exit(0);
