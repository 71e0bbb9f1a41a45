/** Preparation: makes of a guest's module one that keeps its limits by itself. See README.md and RATIONALE.md. */
import { BerthError } from "../../error.ts";
import {
  BERTH_IMPORT_MODULE,
  MEMORY_IMPORT_MODULE,
  PLAN_SECTION,
  STATE_EXPORT_PREFIX,
} from "../../prepared.ts";
import type { PreparedPlan } from "../../prepared.ts";
import { cutCalls } from "./calls.ts";
import type { Decisions } from "./decisions.ts";
import { prepareError } from "./errors.ts";
import { findMaxima } from "./maxima.ts";
import { readWasmModule, type WasmModule } from "./module.ts";
import { placeChecks } from "./place.ts";
import type { CheckCounts } from "./placement.ts";
import { scanCode } from "./scan.ts";
import { planState } from "./state_plan.ts";
import { isStale, writeModule } from "./write.ts";

/** What the instances of a module may have. */
export interface PrepareOptions {
  /** All memories together, in bytes. */
  readonly memoryMaxBytes: number;
  /** All tables together. */
  readonly tableEntriesMaxCount: number;
}

/** What was done to a module. */
export interface PrepareReport {
  readonly memories: readonly {
    readonly initialPages: number;
    /** What the module declared; `null` for none. */
    readonly declaredMaximumPages: number | null;
    readonly maximumPages: number;
    readonly address64: boolean;
    readonly imported: boolean;
  }[];
  readonly tables: readonly {
    readonly type: string;
    readonly initialEntries: number;
    readonly declaredMaximumEntries: number | null;
    readonly maximumEntries: number;
  }[];
  /** Checks placed, and places that do without, by rule. */
  readonly checks: Readonly<CheckCounts>;
  readonly imports: number;
  readonly exports: number;
  /** Functions with code. */
  readonly functions: number;
  readonly mutableGlobals: number;
  /** Empty when an instance can be put back after a request; else why each request needs a new one. */
  readonly newInstanceReason: string;
  /** Custom sections left out because they describe offsets that are no longer right. */
  readonly sectionsLeftOut: readonly string[];
  readonly sizeBeforeBytes: number;
  readonly sizeAfterBytes: number;
  /** Time that preparation took, validation included. */
  readonly tookMs: number;
}

/** A prepared module. */
export interface PreparedModule {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly plan: PreparedPlan;
  readonly report: PrepareReport;
}

/**
 * Prepares a module.
 *
 * @param original the module as its developer built it
 * @throws BerthError with a code of `PREPARE_ERRORS`
 */
export function prepareModule(original: Uint8Array, options: PrepareOptions): PreparedModule {
  const began = performance.now();
  // A view of shared memory could change while it is looked at; a module is small enough to copy.
  const bytes = original.buffer instanceof ArrayBuffer
    ? original as Uint8Array<ArrayBuffer>
    : original.slice();
  validate(bytes);
  try {
    const module = readWasmModule(bytes);
    refuseReservedNames(module);
    const maxima = findMaxima(module, options);
    const code = scanCode(module);
    const placement = placeChecks(module, code, cutCalls(module, code));
    const plan = planState(module, code, maxima, options.memoryMaxBytes);
    const decisions = { module, code, placement, maxima, plan };
    const prepared = writeModule(decisions);
    const tookMs = performance.now() - began;
    return { bytes: prepared, plan, report: report(decisions, prepared.length, tookMs) };
  } catch (error) {
    if (error instanceof BerthError) throw error;
    throw prepareError("module-invalid", `decoding the module failed: ${String(error)}`);
  }
}

/** V8 says what is valid; only then may the decoder rely on the structure of what it reads. */
function validate(bytes: Uint8Array<ArrayBuffer>): void {
  if (bytes.length >= 8 && bytes[4] === 0x0d) {
    throw prepareError("module-invalid", "the file is a component, not a module; build for wasm32-wasip1");
  }
  if (WebAssembly.validate(bytes)) return;
  try {
    new WebAssembly.Module(bytes);
  } catch (error) {
    const why = error instanceof Error
      ? error.message.replace(/^WebAssembly\.Module\(\): /, "")
      : String(error);
    throw prepareError("module-invalid", `validating the module: ${why}`);
  }
}

function refuseReservedNames(module: WasmModule): void {
  const imported = module.imports.find((entry) =>
    entry.module === BERTH_IMPORT_MODULE || entry.module === MEMORY_IMPORT_MODULE
  );
  const exported = module.exports.find(({ name }) => name.startsWith(STATE_EXPORT_PREFIX));
  const section = module.sections.find(({ name }) => name === PLAN_SECTION);
  const name = imported?.module ?? exported?.name ?? section?.name;
  if (name === undefined) return;
  throw prepareError("module-name-reserved", `the module uses the name ${JSON.stringify(name)}`, { name });
}

function report(decisions: Decisions, sizeAfterBytes: number, tookMs: number): PrepareReport {
  const { module, plan, placement, maxima } = decisions;
  return {
    memories: module.memories.map((memory, index) => ({
      initialPages: memory.initial,
      declaredMaximumPages: memory.maximum,
      maximumPages: maxima.memoryPages[index] ?? memory.initial,
      address64: memory.address64,
      imported: memory.imported,
    })),
    tables: module.tables.map((table, index) => ({
      type: table.type,
      initialEntries: table.initial,
      declaredMaximumEntries: table.maximum,
      maximumEntries: maxima.tableEntries[index] ?? table.initial,
    })),
    checks: placement.counts,
    imports: module.imports.length,
    exports: module.exports.length,
    functions: module.functions.length - module.importedFunctions,
    mutableGlobals: module.globals.filter(({ mutable }) => mutable).length,
    newInstanceReason: plan.newInstanceReason,
    sectionsLeftOut: module.sections.map(({ name }) => name).filter(isStale),
    sizeBeforeBytes: module.bytes.length,
    sizeAfterBytes,
    tookMs,
  };
}
