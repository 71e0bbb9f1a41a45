/** System calls of a request, as strace counts them, beside those of the bare engine. Only where strace may look. */
import { helloGuest } from "../guests/guests.ts";
import { type LifeEffort, type LifeScenario, newFolder, type Tell } from "../lifecycle.ts";
import { onPath } from "../load/choose.ts";
import { measure } from "../load_run.ts";
import { denoArgs, type ServerProcess, startServer } from "../measure/process.ts";
import { startBerth } from "../subjects/berth_process.ts";

const GET = { request: { method: "GET" } } as const;
const CONNECTIONS = [1, 64];
/** What is called less often is not a request's. */
const LEAST_PER_REQUEST = 0.02;

/** Calls by name while `during` runs. */
async function traced(pid: number, during: () => Promise<number>): Promise<Map<string, number>> {
  const file = await Deno.makeTempFile({ prefix: "berth-bench-" });
  const child = new Deno.Command("strace", {
    args: ["-c", "-f", "-o", file, "-p", String(pid)],
    stderr: "null",
    stdout: "null",
  }).spawn();
  await new Promise((resolve) => setTimeout(resolve, 300)); // until it has attached to every thread
  const requests = await during();
  child.kill("SIGINT");
  await child.status;
  const text = await Deno.readTextFile(file);
  await Deno.remove(file);
  // % time, seconds, microseconds a call, calls, errors (or nothing), name
  const rows = [...text.matchAll(/^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?([a-z]\w+)$/gm)];
  return new Map(
    rows.filter(([, , name]) => name !== "total")
      .map(([, calls, name]) => [name ?? "", Number(calls) / Math.max(1, requests)]),
  );
}

async function count(
  name: string,
  server: ServerProcess,
  path: string,
  effort: LifeEffort,
  tell: Tell,
): Promise<void> {
  for (const connections of CONNECTIONS) {
    const ask = (seconds: number) =>
      measure(effort.load, { server, paths: [path] }, GET, connections, seconds);
    await ask(1);
    const calls = await traced(server.pid, async () => (await ask(effort.seconds)).requests);
    const sorted = [...calls].sort((a, b) => b[1] - a[1]).filter(([, each]) => each >= LEAST_PER_REQUEST);
    const all = [...calls.values()].reduce((sum, each) => sum + each, 0);
    tell(`${name}, ${connections === 1 ? "one connection" : `${connections} connections`}`, "calls", [all]);
    for (const [call, each] of sorted) tell(`  ${call}`, "", [each]);
  }
}

/** See the file's comment. */
export const SYSCALLS: LifeScenario = {
  name: "syscalls",
  title: "system calls of a request (hello), counted by strace, which slows everything down",
  async run(setting, effort, tell) {
    if (!await onPath("strace")) return console.log("syscalls: strace is not on PATH");
    await using bare = await startServer(Deno.execPath(), denoArgs("bare.ts", ["deno", "hello", "{}"]));
    await using berth = await startBerth(await newFolder(setting), { idleMs: 0 });
    await berth.deploy("svc-0", helloGuest("hello"));
    await count("Deno.serve", bare, "/", effort, tell);
    await count("Berth", berth, "/api/svc-0", effort, tell);
  },
};
