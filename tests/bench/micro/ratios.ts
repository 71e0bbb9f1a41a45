/**
 * Micro-benchmarks as ratios: what a part of Berth costs against a bare operation that does the least of it, both
 * measured in turn in the same process. A ratio hardly depends on how busy the machine is.
 */
import { quantile } from "../measure/stats.ts";

/** Something that is done again and again. */
export interface MicroBench {
  readonly name: string;
  run(times: number): void;
}

/** Benches with the operation that they are compared with. */
export interface MicroGroup {
  readonly name: string;
  readonly reference: MicroBench;
  readonly benches: readonly MicroBench[];
  /** Removes what was made for it. */
  close?(): void;
}

/** What a bench showed in one process. */
export interface MicroResult {
  /** `group: bench`. */
  readonly name: string;
  readonly reference: string;
  /** Time against the reference's, median of the rounds. */
  readonly ratio: number;
  /** Nanoseconds of one time, the quickest round. */
  readonly ns: number;
}

/** A file beside the code with its groups. */
export interface MicroModule {
  groups(): MicroGroup[] | Promise<MicroGroup[]>;
}

const WARM_UP_MS = 60;
const ROUND_MS = 3;
const ROUNDS = 25;

/** A bench of one operation. */
export function bench(name: string, operation: () => void): MicroBench {
  return {
    name,
    run(times) {
      for (let time = 0; time < times; time++) operation();
    },
  };
}

function took(bench: MicroBench, times: number): number {
  const began = performance.now();
  bench.run(times);
  return performance.now() - began;
}

/** Runs it until it is compiled; gives how many times fill a round. */
function warmUp(bench: MicroBench): number {
  let times = 1;
  for (const endsMs = performance.now() + WARM_UP_MS; performance.now() < endsMs;) {
    if (took(bench, times) < ROUND_MS) times *= 2;
  }
  return Math.max(1, Math.round(times * ROUND_MS / Math.max(ROUND_MS, took(bench, times))));
}

/** Measures a group: its reference and its benches in turn, round by round. */
export function measureGroup({ name, reference, benches }: MicroGroup): MicroResult[] {
  const all = [reference, ...benches];
  const times = all.map(warmUp);
  const rounds = Array.from(
    { length: ROUNDS },
    () => all.map((each, index) => took(each, times[index] ?? 1) * 1e6 / (times[index] ?? 1)),
  );
  return benches.map((each, index) => ({
    name: `${name}: ${each.name}`,
    reference: reference.name,
    ratio: quantile(rounds.map((round) => (round[index + 1] ?? NaN) / (round[0] ?? NaN)), 0.5),
    ns: Math.min(...rounds.map((round) => round[index + 1] ?? NaN)),
  }));
}

/** Measures all groups of a file. */
export async function measureModule(module: MicroModule): Promise<MicroResult[]> {
  const results: MicroResult[] = [];
  for (const group of await module.groups()) {
    results.push(...measureGroup(group));
    group.close?.();
  }
  return results;
}
