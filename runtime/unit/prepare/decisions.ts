/** What was decided about a module, before anything is written. */
import type { PreparedPlan } from "../../prepared.ts";
import type { Maxima } from "./maxima.ts";
import type { WasmModule } from "./module.ts";
import type { Placement } from "./placement.ts";
import type { ScannedCode } from "./scan.ts";

/** Everything that was decided about a module. */
export interface Decisions {
  readonly module: WasmModule;
  readonly code: ScannedCode;
  readonly placement: Placement;
  readonly maxima: Maxima;
  readonly plan: PreparedPlan;
}

/** Indices of the globals that preparation adds, behind the original's; the same index where one is not added. */
export interface AddedGlobals {
  readonly tablesFlag: number;
  readonly segmentsFlag: number;
  /** Bytes of objects made so far, an i64. */
  readonly heap: number;
  /** An array's length while it is counted, an i32. */
  readonly length: number;
  /** Their value types, in order. */
  readonly types: readonly ("i32" | "i64")[];
}

/** Finds the indices of the added globals. */
export function addedGlobals(module: WasmModule, plan: PreparedPlan): AddedGlobals {
  const tablesFlag = module.globals.length;
  const segmentsFlag = tablesFlag + Number(plan.tablesFlag);
  const heap = segmentsFlag + Number(plan.segmentsFlag);
  const flags = Array.from({ length: heap - tablesFlag }, () => "i32" as const);
  const types = plan.heapMaxBytes > 0 ? [...flags, "i64" as const, "i32" as const] : flags;
  return { tablesFlag, segmentsFlag, heap, length: heap + 1, types };
}
