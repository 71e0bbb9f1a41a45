/**
 * The long run of `rolling.ts`.
 *
 *     deno run -A tests/operate/rolling_task.ts [updates]
 */
import { rollingUpdates } from "./rolling.ts";

console.log(await rollingUpdates(Number(Deno.args[0] ?? 50)));
