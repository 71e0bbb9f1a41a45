/** Lowers the maxima of memories and tables to what an instance may have. */
import { prepareError } from "./errors.ts";
import type { WasmModule } from "./module.ts";

/** Bytes of a memory page. */
export const PAGE_BYTES = 65_536;
/** Memories of one module; V8 reserves address space for each, however small. */
const MEMORIES_MAX_COUNT = 16;
/** Tables of one module. */
const TABLES_MAX_COUNT = 256;

/** The maximum of each memory (pages) and table (entries), by index. */
export interface Maxima {
  readonly memoryPages: readonly number[];
  readonly tableEntries: readonly number[];
}

/** What an instance may have. */
export interface InstanceLimits {
  /** All memories together. */
  readonly memoryMaxBytes: number;
  /** All tables together. */
  readonly tableEntriesMaxCount: number;
}

/** Finds the maxima; refuses a module that begins with more than it may have. */
export function findMaxima(module: WasmModule, limits: InstanceLimits): Maxima {
  const { memories, tables } = module;
  if (memories.some(({ shared }) => shared)) {
    throw prepareError(
      "module-memory-shared",
      "the module has a shared memory; only memories of its own are allowed",
    );
  }
  refuseCount("memories", memories.length, MEMORIES_MAX_COUNT);
  refuseCount("tables", tables.length, TABLES_MAX_COUNT);
  return {
    memoryPages: share(memories, Math.floor(limits.memoryMaxBytes / PAGE_BYTES), (pages) =>
      prepareError(
        "module-memory-too-large",
        `the module begins with ${pages * PAGE_BYTES} bytes of memory; the limit is ${limits.memoryMaxBytes}`,
        { initialBytes: pages * PAGE_BYTES, limit: "memoryMaxBytes", limitBytes: limits.memoryMaxBytes },
      )),
    tableEntries: share(tables, limits.tableEntriesMaxCount, (entries) =>
      prepareError(
        "module-table-too-large",
        `the module begins with ${entries} table entries; the limit is ${limits.tableEntriesMaxCount}`,
        { entries, limit: "tableEntriesMaxCount", limitCount: limits.tableEntriesMaxCount },
      )),
  };
}

/** Everyone gets what it begins with; the rest goes to the first that may grow, then to the next. */
function share(
  parts: readonly { readonly initial: number; readonly maximum: number | null }[],
  limit: number,
  refusal: (initial: number) => Error,
): number[] {
  const initial = parts.reduce((sum, part) => sum + part.initial, 0);
  if (initial > limit) throw refusal(initial);
  let rest = limit - initial;
  return parts.map((part) => {
    const growth = Math.min(rest, (part.maximum ?? Infinity) - part.initial);
    rest -= growth;
    return part.initial + growth;
  });
}

function refuseCount(what: string, count: number, max: number): void {
  if (count <= max) return;
  throw prepareError("module-too-complex", `the module has ${count} ${what}; at most ${max} are allowed`, {
    count,
    max,
  });
}
