/**
 * Both fronts in one run: hello world's throughput by `wrk`, and what stalled connections cost the healthy ones.
 *
 *     deno run -A tests/operate/fronts_bench.ts [seconds] [stalled connections]
 */
import { listenHost } from "../../runtime/server/serve.ts";
import { median } from "../bench/measure/stats.ts";
import { handler } from "../guests/wat.ts";
import { testHost } from "../host/harness.ts";
import { Wire } from "./wire.ts";

const SECONDS = Number(Deno.args[0] ?? 4);
const STALLED = Number(Deno.args[1] ?? 2_000);
const ROUNDS = 3;

async function wrk(port: number, path: string): Promise<number> {
  const url = `http://127.0.0.1:${port}${path}`;
  const { stdout } = await new Deno.Command("wrk", { args: ["-t1", "-c32", `-d${SECONDS}s`, url] }).output();
  return Number(/Requests\/sec:\s+([\d.]+)/.exec(new TextDecoder().decode(stdout))?.[1] ?? NaN);
}

/** Latencies of requests one after the other (ms). */
async function latencies(port: number, count: number): Promise<number[]> {
  const took: number[] = [];
  for (let i = 0; i < count; i++) {
    const started = performance.now();
    const answer = await fetch(`http://127.0.0.1:${port}/api/hello`);
    await answer.text();
    if (answer.status !== 200) throw new Error(`status ${answer.status}`);
    took.push(performance.now() - started);
  }
  return took.sort((a, b) => a - b);
}

const shown = (took: number[]) =>
  `p50 ${took[took.length >> 1]?.toFixed(2)} ms, worst ${took.at(-1)?.toFixed(1)} ms`;

await using test = await testHost();
await test.deploy("hello", handler({ answer: "hello" }));
const fronts = await Promise.all(
  (["fast", "safe"] as const).map((front) =>
    listenHost(test.host, { hostname: "127.0.0.1", port: 0, front })
  ),
);
const rates: Record<string, number[]> = { fast: [], safe: [] };
for (let round = 0; round < ROUNDS; round++) {
  for (const { front, port } of fronts) rates[front]?.push(await wrk(port, "/api/hello"));
}
for (const [front, rate] of Object.entries(rates)) {
  console.log(front, "hello:", Math.round(median(rate)), "requests/s, median of", ROUNDS);
}
for (const { front, port } of fronts) {
  const before = await latencies(port, 300);
  const rssBefore = Deno.memoryUsage().rss;
  const stalled = await Promise.all(Array.from({ length: STALLED }, () => Wire.open(port)));
  await Promise.all(stalled.map((wire) => wire.send("GET /api/hello HTTP/1.1\r\nHo")));
  const during = await latencies(port, 300);
  const each = (Deno.memoryUsage().rss - rssBefore) / STALLED / 1024;
  console.log(`${front} alone: ${shown(before)}; with ${STALLED} stalled heads: ${shown(during)}`);
  const started = performance.now();
  let open = STALLED;
  const gone = Promise.all(stalled.map((wire) => wire.receive(undefined, 30_000).then(() => open--)));
  await Promise.race([gone, new Promise((resolve) => setTimeout(resolve, 20_000))]);
  console.log(
    `${front}: ${STALLED - open} of them were closed within ${
      Math.round((performance.now() - started) / 1000)
    } s; ${each.toFixed(1)} KiB each, both ends`,
  );
  for (const wire of stalled) wire.close();
}
for (const { stop } of fronts) await stop(0);
