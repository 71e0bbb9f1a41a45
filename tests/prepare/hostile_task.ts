/**
 * Stops hostile guests many times and prints how late each stop was and how the process grew:
 * `deno run -A tests/prepare/hostile_task.ts [times] [limit in ms]`.
 */
import { hostileModules } from "./hostile.ts";
import { HostileRunner } from "./hostile_run.ts";

const times = Number(Deno.args[0] ?? 600);
const limitMs = Number(Deno.args[1] ?? 3);
const mebibytes = () => (Deno.memoryUsage().rss / 2 ** 20).toFixed(0);
const all: number[] = [];
using runner = new HostileRunner();
for (const [name, module] of await hostileModules()) {
  const { lateMs, stopped, errors } = await runner.run(module, limitMs, times, times * 1000);
  const sorted = [...lateMs].sort((a, b) => a - b);
  const at = (part: number) => (sorted[Math.floor((sorted.length - 1) * part)] ?? 0).toFixed(2);
  all.push(...lateMs);
  console.log(
    name.padEnd(18),
    `stopped ${stopped} of ${times} (${errors}), late median ${at(0.5)} p99 ${at(0.99)} max ${
      at(1)
    } ms, RSS ${mebibytes()} MiB`,
  );
}
all.sort((a, b) => a - b);
console.log(
  `${all.length} stops, late median ${(all[all.length >> 1] ?? 0).toFixed(2)} ms, max ${
    (all.at(-1) ?? 0).toFixed(2)
  } ms`,
);
