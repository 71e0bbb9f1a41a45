/** What preparing a module costs against the engine's compiling it: `deno task micro`. */
import { helloGuest, paddedGuest } from "../../../tests/bench/guests/guests.ts";
import { bench, type MicroGroup } from "../../../tests/bench/micro/ratios.ts";
import { prepareModule } from "./mod.ts";

const LIMITS = { memoryMaxBytes: 64 << 20, tableEntriesMaxCount: 1_000 };

function prepared(name: string, module: Uint8Array<ArrayBuffer>): MicroGroup {
  return {
    name: `a module of ${name}`,
    reference: bench("compiled by V8", () => void new WebAssembly.Module(module)),
    benches: [bench("prepared", () => void prepareModule(module, LIMITS))],
  };
}

/** See {@link MicroGroup}. */
export function groups(): MicroGroup[] {
  return [
    prepared("some hundred bytes", new Uint8Array(helloGuest("hello"))),
    prepared("100 KB", new Uint8Array(paddedGuest(100_000))),
  ];
}
