/** `deno task bench`: Berth beside the bare engine and its peers, on the same work, in one run. */
import { COLD, DEPLOY } from "./life/cold.ts";
import { AWAKE, GROWTH, UPTIME } from "./life/growth.ts";
import { LAYERS } from "./life/layers.ts";
import { MEMORY } from "./life/memory.ts";
import { START, WAKE } from "./life/start.ts";
import { SYSCALLS } from "./life/syscalls.ts";
import { type LifeResult, runLife } from "./lifecycle.ts";
import { chooseLoad } from "./load/choose.ts";
import { type LoadResultRow, runLoad } from "./load_run.ts";
import { type BenchOptions, readOptions, USAGE } from "./options.ts";
import { lifeTable, loadTable } from "./report.ts";
import { LOAD_SCENARIOS } from "./scenarios.ts";
import { machine } from "./measure/machine.ts";
import { subjectsOf } from "./subjects/all.ts";
import { openSetting } from "./setting.ts";
import type { RunSetting } from "./subjects/subject.ts";

const LIFE_SCENARIOS = [START, WAKE, COLD, DEPLOY, MEMORY, LAYERS, GROWTH, AWAKE, UPTIME, SYSCALLS];

const loadAverage = () => Deno.loadavg().map((each) => each.toFixed(1)).join(" ");

async function runAll(options: BenchOptions, setting: RunSetting): Promise<void> {
  const load = await chooseLoad(options.load);
  const notes: string[] = [];
  const note = (text: string) => {
    if (notes.includes(text)) return;
    notes.push(text);
    console.log(`note: ${text}`);
  };
  const subjects = await subjectsOf(options.subjects, setting, note);
  const wanted = (name: string) => options.scenarios.length === 0 || options.scenarios.includes(name);
  console.log(`${machine().text}; load by ${load.name}; ${options.rounds} rounds of ${options.seconds} s\n`);
  const rows: LoadResultRow[] = [];
  for (const scenario of LOAD_SCENARIOS.filter(({ name }) => wanted(name))) {
    const asked = options.connections.length > 0
      ? { ...scenario, connections: options.connections }
      : scenario;
    for await (const part of runLoad(asked, subjects, setting, load, options, note)) {
      rows.push(...part);
      console.log(`${loadTable(part)}\nload average ${loadAverage()}\n`);
    }
  }
  const lives: LifeResult[] = [];
  for (const scenario of LIFE_SCENARIOS.filter(({ name }) => wanted(name))) {
    const results = await runLife(scenario, setting, { ...options, load });
    lives.push(...results);
    console.log(`${lifeTable(scenario.title, results)}\nload average ${loadAverage()}\n`);
  }
  if (options.json) {
    const report = { machine: machine(), load: load.name, options, notes, underLoad: rows, life: lives };
    await Deno.writeTextFile(options.json, JSON.stringify(report, null, 2) + "\n");
  }
}

async function main(args: readonly string[]): Promise<void> {
  const options = readOptions(args);
  if (options.help) return console.log(USAGE);
  if (options.scenarios.includes("list")) {
    for (const { name, title } of [...LOAD_SCENARIOS, ...LIFE_SCENARIOS]) {
      console.log(`${name.padEnd(16)}${title}`);
    }
    return;
  }
  await using setting = await openSetting();
  await runAll(options, setting);
}

if (import.meta.main) await main(Deno.args);
