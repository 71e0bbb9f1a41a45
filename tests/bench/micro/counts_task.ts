/** Writes the counts of today as the baseline: `deno run -A tests/bench/micro/counts_task.ts`. */
import { countRequests } from "./count.ts";

const counts = await countRequests();
await Deno.writeTextFile(new URL("./baseline.json", import.meta.url), JSON.stringify(counts, null, 2) + "\n");
Deno.exit(0);
