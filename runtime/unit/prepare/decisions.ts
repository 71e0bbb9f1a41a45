/** What was decided about a module, before anything is written. */
import type { PreparedPlan } from "../../prepared.ts";
import type { Maxima } from "./maxima.ts";
import type { WasmModule } from "./module.ts";
import type { Placement } from "./place.ts";
import type { ScannedCode } from "./scan.ts";

/** Everything that was decided about a module. */
export interface Decisions {
  readonly module: WasmModule;
  readonly code: ScannedCode;
  readonly placement: Placement;
  readonly maxima: Maxima;
  readonly plan: PreparedPlan;
}

/** Indices of the flags' globals, behind the original's. */
export function flagGlobals(
  { module, plan }: Pick<Decisions, "module" | "plan">,
): [tables: number, segments: number] {
  const next = module.globals.length;
  return [next, plan.tablesFlag ? next + 1 : next];
}
