/** Decides whether an instance can be put back after a request, and which of its state the host must see for that. */
import { type PlannedMemory, PREPARATION_VERSION, type PreparedPlan } from "../../prepared.ts";
import type { Maxima } from "./maxima.ts";
import type { WasmModule } from "./module.ts";
import type { ScannedCode } from "./scan.ts";

/** More mutable globals than this are not worth putting back one by one. */
const GLOBALS_MAX_COUNT = 1024;

/**
 * Bytes of objects (structs, arrays, kept exceptions) that an instance may make in its life. V8 ends the whole process
 * when a worker's heap is full, and what has been collected again cannot be seen from inside: so all that was made counts.
 */
const HEAP_MAX_BYTES = 32 << 20;

/** Types whose values JavaScript can read and write back exactly, and which hold no state of their own. */
const PLAIN =
  /^(i32|i64|f32|f64|funcref|externref|nullfuncref|nullexternref|\(ref (null )?(func|extern|\d+)\))$/;

/** Makes the plan for a module. */
export function planState(
  module: WasmModule,
  code: ScannedCode,
  maxima: Maxima,
  memoryMaxBytes: number,
): PreparedPlan {
  const reason = newInstanceReason(module, code);
  const restores = reason === "";
  const makesObjects = code.makesObjects || code.keepsExceptions;
  const tablesFlag = restores && code.changedTables.size > 0;
  const segmentsFlag = restores && code.dropsSegments;
  // What a request made is gone with the request: the count is put back with the other globals.
  const heapGlobal = module.globals.length + Number(tablesFlag) + Number(segmentsFlag);
  const memories = module.memories.map((memory, index): PlannedMemory => ({
    imported: memory.imported,
    initialPages: memory.initial,
    maximumPages: maxima.memoryPages[index] ?? memory.initial,
    address64: memory.address64,
  }));
  return {
    version: PREPARATION_VERSION,
    memories,
    globals: restores ? [...mutableGlobals(module), ...(makesObjects ? [heapGlobal] : [])] : [],
    heapMaxBytes: makesObjects ? Math.min(HEAP_MAX_BYTES, memoryMaxBytes) : 0,
    tables: restores ? changedTables(module, code) : [],
    tablesFlag,
    segmentsFlag,
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
