/**
 * What a clean instance costs: one put back against a new one, over memory sizes: `deno task micro`.
 *
 * Each time a guest function writes to four pages of its memory, as a request does; a new instance gets its imports,
 * its memory and the same writes, so that its page faults count.
 */
import { bench, type MicroGroup } from "../../tests/bench/micro/ratios.ts";
import { assemble } from "../../tests/guests/wat.ts";
import { preparedPlan } from "../prepared.ts";
import { prepareModule } from "../unit/prepare/mod.ts";
import { createInterruptMemory, interruptImports } from "./interrupt.ts";
import { InstanceState } from "./state.ts";

/** Memory in KiB, and which part of it holds data when the start is over. */
const SIZES = [[64, 1], [128, 0.25], [1024, 1], [1024, 0.02], [16_384, 0.02]] as const;

function module(kibibytes: number, filled: number): WebAssembly.Module {
  const bytes = kibibytes * 1024;
  const wat = `(module (memory (export "memory") ${kibibytes / 64}) (global (mut i32) (i32.const 0))
    (func (export "_initialize")
      (memory.fill (i32.const 0) (i32.const 7) (i32.const ${Math.floor(bytes * filled)})))
    (func (export "request") (local i32) (loop
      (i32.store (local.get 0) (i32.add (i32.load (local.get 0)) (i32.const 1)))
      (br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const ${
    bytes / 4
  }))) (i32.const ${bytes}))))))`;
  const limits = { memoryMaxBytes: 1 << 30, tableEntriesMaxCount: 10 };
  return new WebAssembly.Module(prepareModule(assemble(wat), limits).bytes);
}

const call = (exports: WebAssembly.Exports, name: string) => (exports[name] as () => void)();

function putBack([kibibytes, filled]: typeof SIZES[number]): MicroGroup {
  const compiled = module(kibibytes, filled);
  const plan = preparedPlan(compiled);
  const word = createInterruptMemory();
  const make = () => {
    const imports = interruptImports(word, plan) as unknown as WebAssembly.Imports; // its own type is narrower
    const { exports } = new WebAssembly.Instance(compiled, imports);
    call(exports, "_initialize");
    return exports;
  };
  const exports = make();
  const state = new InstanceState(exports, plan);
  return {
    name: `${kibibytes} KiB, ${filled * 100} % filled`,
    reference: bench("a new instance", () => call(make(), "request")),
    benches: [bench("one put back", () => {
      call(exports, "request");
      state.restore();
    })],
  };
}

/** See {@link MicroGroup}. */
export function groups(): MicroGroup[] {
  return SIZES.map(putBack);
}
