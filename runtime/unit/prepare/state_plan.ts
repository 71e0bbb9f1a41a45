/** Decides whether an instance can be put back after a request, and which of its state the host must see for that. */
import { type PlannedMemory, PREPARATION_VERSION, type PreparedPlan } from "../../prepared.ts";
import type { Maxima } from "./maxima.ts";
import type { WasmModule } from "./module.ts";
import type { ScannedCode } from "./scan.ts";

/** More mutable globals than this are not worth putting back one by one. */
const GLOBALS_MAX_COUNT = 1024;

/** Types whose values JavaScript can read and write back exactly, and which hold no state of their own. */
const PLAIN =
  /^(i32|i64|f32|f64|funcref|externref|nullfuncref|nullexternref|\(ref (null )?(func|extern|\d+)\))$/;

/** Makes the plan for a module. */
export function planState(module: WasmModule, code: ScannedCode, maxima: Maxima): PreparedPlan {
  const reason = newInstanceReason(module, code);
  const memories = module.memories.map((memory, index): PlannedMemory => ({
    imported: memory.imported,
    initialPages: memory.initial,
    maximumPages: maxima.memoryPages[index] ?? memory.initial,
    address64: memory.address64,
  }));
  const restores = reason === "";
  return {
    version: PREPARATION_VERSION,
    memories,
    globals: restores ? mutableGlobals(module) : [],
    tables: restores ? changedTables(module, code) : [],
    tablesFlag: restores && code.changedTables.size > 0,
    segmentsFlag: restores && code.dropsSegments,
    newInstanceReason: reason,
  };
}

function newInstanceReason(module: WasmModule, code: ScannedCode): string {
  // Objects can be changed through any reference that outlives a request; JavaScript cannot look into them.
  if (module.types.heapObjects) {
    return "the module declares structs or arrays, whose contents the host cannot see";
  }
  const opaque = module.globals.findIndex(({ type, mutable }) => mutable && !PLAIN.test(type));
  if (opaque >= 0) {
    return `the host cannot read global ${opaque}, which is a mutable ${module.globals[opaque]?.type}`;
  }
  for (const index of code.changedTables) {
    const type = module.tables[index]?.type ?? "";
    if (!PLAIN.test(type)) return `the host cannot read table ${index} of ${type}`;
  }
  const count = mutableGlobals(module).length;
  if (count > GLOBALS_MAX_COUNT) return `the module has ${count} mutable globals`;
  return "";
}

function mutableGlobals(module: WasmModule): number[] {
  return module.globals.flatMap(({ mutable }, index) => mutable ? [index] : []);
}

function changedTables(module: WasmModule, code: ScannedCode): { index: number; address64: boolean }[] {
  return [...code.changedTables].sort((a, b) => a - b).map((index) => ({
    index,
    address64: module.tables[index]?.address64 ?? false,
  }));
}
