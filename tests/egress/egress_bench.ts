/**
 * What the capability adds to a call: `deno run -A tests/egress/egress_bench.ts`. Prints a table; asserts nothing.
 *
 * 256 calls at a time go to servers in another process that answer after 20 ms, in turns: Node's client as it
 * is, the capability, Deno's fetch.
 */
import http from "node:http";
import { openTest, requestTo } from "../../capabilities/http/testing.ts";

const CONCURRENCY = 256;
const DELAY_MS = 20;
const ROUNDS = 12;

/** The other process: servers on loopback that answer after 20 ms; prints their ports. */
async function serve(): Promise<void> {
  const ports = await Promise.all(Array.from({ length: 8 }, () =>
    new Promise<number>((resolve) => {
      Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: ({ port }) => resolve(port) }, async () => {
        await new Promise((done) => setTimeout(done, DELAY_MS));
        return new Response("x".repeat(500));
      });
    })));
  console.log(JSON.stringify(ports));
}

type Call = (url: string) => Promise<unknown>;

/** How long each of `CONCURRENCY` calls at once took, in ms. */
async function round(call: Call, ports: readonly number[]): Promise<number[]> {
  return await Promise.all(Array.from({ length: CONCURRENCY }, async (_, i) => {
    const start = performance.now();
    await call(`http://127.0.0.1:${ports[i % ports.length]}/x`);
    return performance.now() - start;
  }));
}

function quantile(figures: readonly number[], at: number): string {
  const sorted = figures.toSorted((a, b) => a - b);
  return (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * at))] ?? NaN).toFixed(2).padStart(8);
}

async function bench(ports: readonly number[]): Promise<void> {
  const agent = new http.Agent({ keepAlive: true, maxFreeSockets: CONCURRENCY });
  using client = openTest(ports.map((port) => `http://127.0.0.1:${port}`));
  const calls: Record<string, Call> = {
    "node:http": (url) =>
      new Promise((resolve, reject) => {
        http.get(url, { agent }, (answer) => answer.on("end", resolve).resume()).on("error", reject);
      }),
    capability: async (url) => await (await client.fetch(requestTo(url))).bytes(),
    "fetch": async (url) => await (await fetch(url)).arrayBuffer(),
  };
  const figures: Record<string, number[]> = {};
  for (let turn = 0; turn < ROUNDS; turn++) {
    for (const [name, call] of Object.entries(calls)) {
      const took = await round(call, ports);
      if (turn > 1) (figures[name] ??= []).push(...took);
    }
  }
  console.log(`${CONCURRENCY} at once, answers after ${DELAY_MS} ms: ms      p50      p90      p99`);
  for (const [name, took] of Object.entries(figures)) {
    console.log(name.padEnd(48), quantile(took, 0.5), quantile(took, 0.9), quantile(took, 0.99));
  }
  console.log("one at a time: ms");
  for (const [name, call] of Object.entries(calls)) {
    const took: number[] = [];
    for (let i = 0; i < 100; i++) {
      const start = performance.now();
      await call(`http://127.0.0.1:${ports[0]}/x`);
      took.push(performance.now() - start);
    }
    console.log(name.padEnd(48), quantile(took, 0.5), quantile(took, 0.9), quantile(took, 0.99));
  }
}

if (Deno.args[0] === "serve") {
  await serve();
} else {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", import.meta.filename ?? "", "serve"],
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const ports: number[] = JSON.parse((await reader.read()).value ?? "[]");
  await bench(ports);
  child.kill();
  Deno.exit(0);
}
