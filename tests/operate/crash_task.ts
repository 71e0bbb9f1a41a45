/**
 * The long run of `crash.ts`.
 *
 *     deno run -A tests/operate/crash_task.ts [kills]
 */
import { crashRounds } from "./crash.ts";

const kills = Number(Deno.args[0] ?? 200);
console.log(await crashRounds(kills, console.log));
