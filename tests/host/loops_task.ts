/** `deno run -A tests/host/loops_task.ts [rounds]`: 10,000 guests that never end, each stopped; prints what it cost. */
import { runLoops } from "./loops.ts";

const figures = await runLoops(Number(Deno.args[0] ?? 10_000), 20);
console.log(figures);
Deno.exit(0);
