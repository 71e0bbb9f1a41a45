/**
 * The cost of the checks: compute programs, original against prepared, alternating in one run.
 * `deno run -A tests/prepare/cost_bench.ts [rounds] [cpp|rust|as …]`
 */
import { prepareModule } from "../../runtime/unit/prepare/mod.ts";
import { buildAssemblyScript, buildCpp, buildRust } from "./build.ts";
import { type Exports, instantiateAny } from "./instantiate.ts";

const PROGRAMS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  cpp: {
    sha256: 2000,
    sort: 60_000,
    std_sort: 6_000,
    matrix: 130,
    json: 2_000,
    compress: 300_000,
    image: 200,
    regex: 400,
    fib: 26,
    crc: 2_000_000,
    virtual_calls: 1_000_000,
  },
  rust: { sieve: 1_000_000, words: 15_000, trees: 4_000, floats: 20_000 },
  as: { life: 256, text: 8_000, mandelbrot: 120 },
};
const rounds = Number(Deno.args[0] ?? 150);
const wanted = Deno.args.slice(1);

interface Row {
  readonly name: string;
  readonly before: number[];
  readonly after: number[];
}

function time(run: () => unknown): number {
  const began = performance.now();
  run();
  return performance.now() - began;
}

function call(exports: Exports, name: string, size: number): unknown {
  const fn = exports[name];
  if (typeof fn !== "function") throw new TypeError(`no function ${name}`);
  return fn(size);
}

/** The least of many: what else runs on the machine only ever adds. */
const quick = (times: readonly number[]) => Math.min(...times);

function measure(language: string, bytes: Uint8Array<ArrayBuffer>): Row[] {
  const prepared = prepareModule(bytes, { memoryMaxBytes: 256 << 20, tableEntriesMaxCount: 10_000 });
  console.log(
    language,
    JSON.stringify(prepared.report.checks),
    prepared.report.sizeBeforeBytes,
    prepared.report.sizeAfterBytes,
  );
  const original = instantiateAny(bytes).exports;
  const after = instantiateAny(prepared.bytes).exports;
  return Object.entries(PROGRAMS[language] ?? {}).map(([name, size]) => {
    const row: Row = { name: `${language} ${name}`, before: [], after: [] };
    const results = new Set<unknown>();
    for (let i = 0; i < 10; i++) {
      results.add(call(original, name, size));
      results.add(call(after, name, size));
    }
    if (results.size !== 1) throw new Error(`${name}: the results differ: ${[...results]}`);
    for (let round = 0; round < rounds; round++) {
      row.before.push(time(() => call(original, name, size)));
      row.after.push(time(() => call(after, name, size)));
    }
    return row;
  });
}

const rows: Row[] = [];
for (
  const [language, build] of [["cpp", buildCpp], ["rust", buildRust], ["as", buildAssemblyScript]] as const
) {
  if (wanted.length > 0 && !wanted.includes(language)) continue;
  const bytes = await build();
  if (bytes) rows.push(...measure(language, bytes));
  else console.log(`${language}: no compiler here`);
}
const ratios = rows.map(({ name, before, after }) => {
  const ratio = quick(after) / quick(before);
  console.log(name.padEnd(20), quick(before).toFixed(3), quick(after).toFixed(3), "ms", ratio.toFixed(3));
  return ratio;
});
const mean = Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length);
console.log(
  `programs ${ratios.length}, geometric mean ${mean.toFixed(3)}, worst ${Math.max(...ratios).toFixed(3)}`,
);
