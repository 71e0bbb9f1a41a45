/**
 * `deno task micro`: the micro-benchmarks beside the code, now against their baseline (`ratios.json`). Says which of
 * them are slower beyond noise, and then ends with code 1. Not part of the tests: what must not rise there are counts.
 *
 *     deno task micro [--only TEXT] [--processes N] [--write]
 */
import { parseArgs } from "node:util";
import { runForJson } from "../load/load.ts";
import { machine } from "../measure/machine.ts";
import { type Spread, spread } from "../measure/stats.ts";
import { figure, plainTable, ranged } from "../report.ts";
import { type Compared, compareRatios } from "./compare.ts";
import type { MicroResult } from "./ratios.ts";

/** Files with groups, below the project's folder. */
const FILES = [
  "runtime/worker/exchange_bench.ts",
  "runtime/worker/state_bench.ts",
  "runtime/routes_bench.ts",
  "runtime/unit/prepare/prepare_bench.ts",
  "abi/serverless/messages_bench.ts",
  "abi/wasi_preview1/calls_bench.ts",
  "capabilities/storage/calls_bench.ts",
];

const BASELINE = new URL("./ratios.json", import.meta.url);

interface Baseline {
  readonly cpu: string;
  readonly deno: string;
  readonly ratios: Readonly<Record<string, Spread>>;
}

interface Measured {
  readonly reference: string;
  readonly ratio: Spread;
  readonly ns: number;
}

async function measureAll(files: readonly string[], processes: number): Promise<Map<string, Measured>> {
  const found = new Map<string, MicroResult[]>();
  const path = (name: string) => decodeURIComponent(new URL(name, import.meta.url).pathname);
  for (let round = 0; round < processes; round++) {
    for (const file of files) {
      const args = ["run", "-A", "--no-check", "--quiet", "--config", path("../../../deno.json")];
      const script = [path("./ratios_process.ts"), path(`../../../${file}`)];
      const { results } = await runForJson(Deno.execPath(), [...args, ...script]) as {
        results: MicroResult[];
      };
      for (const result of results) found.set(result.name, [...found.get(result.name) ?? [], result]);
    }
  }
  return new Map(
    [...found].map(([name, results]) => [name, {
      reference: results[0]?.reference ?? "",
      ratio: spread(results.map(({ ratio }) => ratio)),
      ns: Math.min(...results.map(({ ns }) => ns)),
    }]),
  );
}

function rounded({ median, min, max }: Spread): Spread {
  const short = (value: number) => Number(value.toPrecision(4));
  return { median: short(median), min: short(min), max: short(max) };
}

function table(measured: ReadonlyMap<string, Measured>, compared: ReadonlyMap<string, Compared>): string {
  const rows = [...measured].map(([name, { reference, ratio, ns }]) => {
    const { was, change, verdict } = compared.get(name) ?? { was: null, change: NaN, verdict: "new" };
    const before = was ? ranged(was) : "";
    return [name, reference, ranged(ratio), before, figure(change), verdict, `${figure(ns)} ns`];
  });
  return plainTable(["", "against", "ratio now", "baseline", "change", "", "quickest"], rows);
}

async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: "string", default: "" },
      processes: { type: "string", default: "5" },
      write: { type: "boolean", default: false },
    },
  });
  const files = FILES.filter((name) => name.includes(values.only));
  const measured = await measureAll(files, Number(values.processes));
  const baseline = JSON.parse(await Deno.readTextFile(BASELINE)) as Baseline;
  const { cpu, deno, text } = machine();
  const ratios = Object.fromEntries([...measured].map(([name, { ratio }]) => [name, rounded(ratio)]));
  const compared = compareRatios(baseline.ratios, ratios);
  console.log(`${text}\n${table(measured, compared)}`);
  if (baseline.cpu !== cpu || baseline.deno !== deno) {
    console.log(
      `the baseline is of ${baseline.cpu}, Deno ${baseline.deno}: another machine has other ratios`,
    );
  }
  if (values.write) {
    const kept = values.only === "" ? {} : baseline.ratios;
    const next: Baseline = { cpu, deno, ratios: { ...kept, ...ratios } };
    await Deno.writeTextFile(BASELINE, JSON.stringify(next, null, 2) + "\n");
    return;
  }
  const slower = [...compared].filter(([, { verdict }]) => verdict === "slower").map(([name]) => name);
  if (slower.length > 0) console.log(`slower beyond noise: ${slower.join("; ")}`);
  Deno.exit(slower.length > 0 ? 1 : 0);
}

if (import.meta.main) await main(Deno.args);
