/** Differential fuzzing: random modules, original against prepared. */
import { prepareModule } from "../../runtime/unit/prepare/mod.ts";
import { preparedPlan } from "../../runtime/prepared.ts";
import { InstanceState } from "../../runtime/worker/state.ts";
import { fuzzModule } from "./fuzz_module.ts";
import { type Exports, instantiateAny } from "./instantiate.ts";
import { outcome } from "./outcome.ts";
import { Random } from "./random.ts";
import { findUnchecked } from "./verify.ts";

const CALLS = 6;
const FUEL = 2000;

/** What a run of the fuzzer came to. */
export interface FuzzSums {
  modules: number;
  calls: number;
  traps: number;
  restored: number;
}

type Arguments = readonly (number | bigint)[];

function refuel(exports: Exports): void {
  const { fuel } = exports;
  if (fuel instanceof WebAssembly.Global) fuel.value = FUEL;
}

/** One module: the same calls on the original and the prepared module, then again on the restored instance. */
export function fuzzOne(seed: number, sums: FuzzSums): void {
  const random = new Random(seed);
  const { bytes, functions } = fuzzModule(random);
  const where = `seed ${seed}`;
  if (!WebAssembly.validate(bytes)) throw new Error(`${where}: V8 refuses the module: ${reason(bytes)}`);
  const prepared = prepareModule(bytes, { memoryMaxBytes: 4 * 65_536, tableEntriesMaxCount: 100_000 });
  const unchecked = findUnchecked(prepared.bytes);
  if (unchecked) throw new Error(`${where}: ${unchecked}`);
  const module = new WebAssembly.Module(prepared.bytes);
  const after = instantiateAny(module).exports;
  const state = new InstanceState(after, preparedPlan(module));
  const before = instantiateAny(bytes).exports;
  const calls = Array.from({ length: CALLS }, () => {
    const index = random.below(functions.length);
    const args = functions[index]?.params.map((type) => {
      const number = random.below(1000) - 500;
      return type === "I" ? BigInt(number) : number;
    });
    return { name: `f${index}`, args: args ?? [] };
  });
  const outcomes = calls.map(({ name, args }) => {
    const expected = run(before, name, args);
    const actual = run(after, name, args);
    if (actual !== expected) {
      throw new Error(`${where}: ${name}(${args}) gives ${actual}, the original ${expected}`);
    }
    sums.calls++;
    if (actual.includes("Error")) sums.traps++;
    return actual;
  });
  sums.modules++;
  if (!state.restore()) return;
  sums.restored++;
  calls.forEach(({ name, args }, index) => {
    const again = run(after, name, args);
    if (again !== outcomes[index]) {
      throw new Error(`${where}: restored, ${name} gives ${again}, at first ${outcomes[index]}`);
    }
  });
}

function run(exports: Exports, name: string, args: Arguments): string {
  refuel(exports);
  return outcome(exports, name, args);
}

function reason(bytes: Uint8Array<ArrayBuffer>): string {
  try {
    new WebAssembly.Module(bytes);
    return "";
  } catch (error) {
    return String(error);
  }
}
