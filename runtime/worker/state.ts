/**
 * An instance's state after its start, and putting it back: memory, tables and mutable globals. Nothing that a
 * request wrote is there for the next one. What JavaScript cannot put back makes {@link InstanceState.restore} answer
 * `false`; the instance is then thrown away.
 */
import { type PreparedPlan, STATE_EXPORT_PREFIX } from "../prepared.ts";
import { MemorySnapshot } from "./memory_snapshot.ts";

/** What the globals of an instance hold. JavaScript gives and takes them unchanged; see `state_plan.ts`. */
type GlobalValue = unknown;

interface SavedGlobal {
  readonly global: WebAssembly.Global;
  readonly value: GlobalValue;
}

interface SavedTable {
  readonly entries: readonly unknown[];
  length(): number;
  get(index: number): unknown;
  set(index: number, value: unknown): void;
}

/** The state of one instance, taken when its start is over. */
export class InstanceState {
  readonly #memories: readonly MemorySnapshot[];
  readonly #globals: readonly SavedGlobal[];
  readonly #tables: readonly SavedTable[];
  readonly #tablesFlag: WebAssembly.Global | null;
  readonly #segmentsFlag: WebAssembly.Global | null;
  readonly #resettable: boolean;

  /**
   * Takes the snapshot.
   * @param exports of an instance of a prepared module
   * @param plan of that module
   */
  constructor(exports: WebAssembly.Exports, plan: PreparedPlan) {
    const state = (name: string) => exports[STATE_EXPORT_PREFIX + name];
    this.#tablesFlag = plan.tablesFlag ? globalOf(state("tables")) : null;
    this.#segmentsFlag = plan.segmentsFlag ? globalOf(state("segments")) : null;
    this.#clearFlags();
    this.#globals = plan.globals.map((index) => {
      const global = globalOf(state(`global:${index}`));
      return { global, value: global.value };
    });
    // A NaN goes through JavaScript without its payload, so it cannot be put back to the bit.
    const exact = this.#globals.every(({ value }) => !Number.isNaN(value));
    this.#resettable = plan.newInstanceReason === "" && exact;
    this.#tables = plan.tables.map(({ index, address64 }) => saveTable(state(`table:${index}`), address64));
    this.#memories = this.#resettable
      ? plan.memories.map((_, index) => new MemorySnapshot(memoryOf(state(`memory:${index}`))))
      : [];
  }

  /** Bytes that the snapshot holds beside the instance. */
  get snapshotBytes(): number {
    return this.#memories.reduce((sum, memory) => sum + memory.savedBytes, 0);
  }

  /**
   * Puts everything back. No guest code may be running or suspended in the instance.
   * @returns whether it is as it was; `false`: throw the instance away
   */
  restore(): boolean {
    if (!this.#resettable) return false;
    // A dropped segment is gone for good.
    if (this.#segmentsFlag !== null && this.#segmentsFlag.value !== 0) return false;
    for (const memory of this.#memories) if (memory.grown) return false;
    if (this.#tablesFlag !== null && this.#tablesFlag.value !== 0 && !this.#restoreTables()) return false;
    for (const memory of this.#memories) memory.restore();
    for (const saved of this.#globals) saved.global.value = saved.value;
    return true;
  }

  #restoreTables(): boolean {
    for (const table of this.#tables) {
      if (table.length() !== table.entries.length) return false;
      table.entries.forEach((entry, index) => {
        if (table.get(index) !== entry) table.set(index, entry);
      });
    }
    this.#clearFlags();
    return true;
  }

  /** Whatever the start did belongs to the snapshot: flags count from here. */
  #clearFlags(): void {
    if (this.#tablesFlag) this.#tablesFlag.value = 0;
    if (this.#segmentsFlag) this.#segmentsFlag.value = 0;
  }
}

/** How an instance is made ready for the next request. */
export type Reset = "restore" | "instance";

/** How often each way is tried. */
const RESET_ROUNDS = 3;

/**
 * Chooses by measurement: puts the instance back a few times, makes a new one a few times, and takes the cheaper.
 * Where putting back is far below what the first instance took, no other is made.
 * @param restore puts an instance back; `false` when that cannot be
 * @param make makes a new instance and runs its start, as for a request
 * @param firstMs what making the first one took
 */
export async function chooseReset(
  restore: () => boolean,
  make: () => unknown,
  firstMs: number,
): Promise<Reset> {
  const restoreMs = await shortest(restore);
  if (restoreMs < firstMs / 8) return "restore";
  return restoreMs <= await shortest(make) ? "restore" : "instance";
}

/** The shortest time (ms); `Infinity` when it answers `false`. */
async function shortest(run: () => unknown): Promise<number> {
  let bestMs = Infinity;
  for (let round = 0; round < RESET_ROUNDS; round++) {
    const began = performance.now();
    if (await run() === false) return Infinity;
    bestMs = Math.min(bestMs, performance.now() - began);
  }
  return bestMs;
}

function saveTable(value: unknown, address64: boolean): SavedTable {
  if (!(value instanceof WebAssembly.Table)) throw new TypeError("the instance does not export its tables");
  // A table with 64-bit indices takes and gives bigints, of which TypeScript's library does not know.
  const at = (index: number) => (address64 ? BigInt(index) : index) as number;
  const length = () => Number(value.length);
  const get = (index: number): unknown => value.get(at(index));
  // What is set was got from the same table.
  const set = (index: number, entry: unknown) => value.set(at(index), entry as () => void);
  const entries = Array.from({ length: length() }, (_, index) => get(index));
  return { entries, length, get, set };
}

function globalOf(value: unknown): WebAssembly.Global {
  if (value instanceof WebAssembly.Global) return value;
  throw new TypeError("the instance does not export its globals");
}

function memoryOf(value: unknown): WebAssembly.Memory {
  if (value instanceof WebAssembly.Memory) return value;
  throw new TypeError("the instance does not export its memories");
}
