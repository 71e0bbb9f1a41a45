/**
 * What a clean instance costs: putting one back against making a new one, over memory sizes.
 * `deno run -A runtime/worker/state_bench.ts`
 *
 * Each round a guest function writes to four pages of its memory, as a request does; a new instance gets its imports,
 * its memory and the same writes, so that its page faults count.
 */
import { preparedPlan } from "../prepared.ts";
import { prepareModule } from "../unit/prepare/mod.ts";
import { createInterruptMemory, interruptImports } from "./interrupt.ts";
import { chooseReset, InstanceState } from "./state.ts";
import wabt from "wabt";

const KIBIBYTES = [64, 128, 256, 512, 1024, 2048, 4096, 8192, 16_384, 65_536];
/** Which part of the memory holds data when the start is over. */
const FILLED = [1, 0.25, 0.02];

const { parseWat } = await wabt();

function module(kibibytes: number, filled: number): WebAssembly.Module {
  const bytes = kibibytes * 1024;
  const text = `(module (memory (export "memory") ${kibibytes / 64}) (global (mut i32) (i32.const 0))
    (global (mut i32) (i32.const 0))
    (func (export "_initialize") (memory.fill (i32.const 0) (i32.const 7) (i32.const ${
    Math.floor(bytes * filled)
  })))
    (func (export "request") (local i32) (loop
      (i32.store (local.get 0) (i32.add (i32.load (local.get 0)) (i32.const 1)))
      (br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const ${
    bytes / 4
  }))) (i32.const ${bytes}))))))`;
  const { bytes: prepared } = prepareModule(
    parseWat("b.wat", text, { bulk_memory: true }).toBinary({}).buffer,
    { memoryMaxBytes: 1 << 30, tableEntriesMaxCount: 10 },
  );
  return new WebAssembly.Module(prepared);
}

function microseconds(rounds: number, run: () => void): number {
  for (let round = 0; round < rounds / 4; round++) run();
  const began = performance.now();
  for (let round = 0; round < rounds; round++) run();
  return (performance.now() - began) / rounds * 1000;
}

const call = (exports: WebAssembly.Exports, name: string) => (exports[name] as () => void)();

console.log("KiB     filled  restore µs   new µs  ratio  chosen");
for (const filled of FILLED) {
  for (const kibibytes of KIBIBYTES) {
    const compiled = module(kibibytes, filled);
    const plan = preparedPlan(compiled);
    const word = createInterruptMemory();
    const make = () => {
      const imports = interruptImports(word, plan) as unknown as WebAssembly.Imports;
      const { exports } = new WebAssembly.Instance(compiled, imports);
      call(exports, "_initialize");
      return exports;
    };
    const exports = make();
    const state = new InstanceState(exports, plan);
    const rounds = Math.max(40, Math.min(3000, Math.floor(2e6 / kibibytes)));
    const request = microseconds(rounds, () => call(exports, "request"));
    const restore = microseconds(rounds, () => {
      call(exports, "request");
      state.restore();
    }) - request;
    const fresh = microseconds(Math.min(rounds, 400), () => call(make(), "request")) - request;
    const row = [String(kibibytes).padEnd(7), String(filled).padEnd(6), restore.toFixed(1).padStart(10)];
    row.push(
      fresh.toFixed(1).padStart(9),
      (fresh / restore).toFixed(1).padStart(6),
      await chooseReset(() => state.restore(), make, fresh / 1000),
    );
    console.log(row.join(" "));
  }
}
