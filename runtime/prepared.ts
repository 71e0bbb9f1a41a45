/** What preparation adds to a module: names and facts shared by the rewriter and the worker that runs the result. */

/** Raised when the rewriter's output changes, so that stored modules are made anew. */
export const PREPARATION_VERSION = 2;

/** The module name of everything that preparation imports. A guest that imports from it is refused. */
export const BERTH_IMPORT_MODULE = "berth:interrupt";

/** The import of the shared memory (one page) that every check looks at: when its byte 3 is not 0, the module traps. */
export const INTERRUPT_MEMORY_IMPORT = "word";

/**
 * The module name from which a prepared module takes the memories that the original defined itself, named by
 * their index (`"0"`). So the word's memory comes last of all and no memory index in the code changes.
 */
export const MEMORY_IMPORT_MODULE = "berth:memory";

/** Reserved prefix of the exports that give the host an instance's state (mutable globals, tables, memories). */
export const STATE_EXPORT_PREFIX = "berth:state:";

/** The custom section of a prepared module that holds its {@link PreparedPlan} as JSON. */
export const PLAN_SECTION = "berth:plan";

/** A memory of the guest, as the worker creates it. */
export interface PlannedMemory {
  /** Whether the original imports it (then the worker's ABI gives it) or defined it (then the worker makes it). */
  readonly imported: boolean;
  /** In pages of 64 KiB. */
  readonly initialPages: number;
  /** In pages of 64 KiB, lowered to the limit. */
  readonly maximumPages: number;
  /** Whether addresses are i64. */
  readonly address64: boolean;
}

/** How an instance can be put back, and what of it must be. */
export interface PreparedPlan {
  /** {@link PREPARATION_VERSION} of the rewriter that made it. */
  readonly version: number;
  /** Every memory of the guest in index order; always exported as `berth:state:memory:N`. */
  readonly memories: readonly PlannedMemory[];
  /** Indices of the mutable globals, exported as `berth:state:global:N`. */
  readonly globals: readonly number[];
  /** Tables that the code can change, exported as `berth:state:table:N`. */
  readonly tables: readonly { readonly index: number; readonly address64: boolean }[];
  /** Whether `berth:state:tables` exists: an i32 that is not 0 once a table was changed. */
  readonly tablesFlag: boolean;
  /** Whether `berth:state:segments` exists: an i32 that is not 0 once a passive segment was dropped. */
  readonly segmentsFlag: boolean;
  /** Bytes of objects that an instance may make on the engine's heap, then it traps; 0: the module makes none. */
  readonly heapMaxBytes: number;
  /** Empty when an instance can be put back; else why each request needs a new one. */
  readonly newInstanceReason: string;
}

/** Reads the plan of a prepared module; throws a TypeError when the module was not prepared. */
export function preparedPlan(module: WebAssembly.Module): PreparedPlan {
  const section = WebAssembly.Module.customSections(module, PLAN_SECTION)[0];
  if (!section) throw new TypeError("reading the plan of a module: the module has not been prepared");
  // Only the rewriter writes this section: a guest that brings one of this name is refused.
  return JSON.parse(new TextDecoder().decode(section)) as PreparedPlan;
}
