/**
 * The long run of `soak.ts`; Linux only, for it reads /proc.
 *
 *     deno run -A tests/operate/soak_task.ts [seconds]
 */
import { soak } from "./soak.ts";

const seconds = Number(Deno.args[0] ?? 3600);
await soak(seconds, Math.max(4, Math.round(seconds / 30)), (vitals) => console.log(JSON.stringify(vitals)));
