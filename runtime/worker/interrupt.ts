/**
 * Stopping a guest from another thread, and metering it.
 *
 * A worker and its supervisor share one page of memory. Its first i32 is the *word*: the number of the *turn* under
 * way (an uninterrupted run of guest code on the worker's thread) in the low 24 bits, 0 between turns, and the stop
 * byte above it. Every check in a prepared module uses that byte as an address and traps when it is not 0 (the code is
 * in `unit/prepare/code.ts`). The supervisor sets it by compare-and-swap on the turn whose deadline it has just read,
 * so a stop can never hit the wrong request: when the turn has ended meanwhile, the swap fails. No host function is
 * called, so nothing runs between the check and the trap, and no guest can catch it.
 */
import { BERTH_IMPORT_MODULE, INTERRUPT_MEMORY_IMPORT, MEMORY_IMPORT_MODULE } from "../prepared.ts";
import type { PreparedPlan } from "../prepared.ts";
import { sharedBuffer, sharedMemory } from "./shared_copy.ts";

/** The stop byte, in the i32 that holds it. */
const STOP = 1 << 24;
/** Turn numbers are 24 bits and never 0. */
const TURN_MASK = STOP - 1;
/** Index of the word in the i32 view. */
const WORD = 0;
/** Index of the flag that ends everything, in the i32 view. */
const ENDED = 1;
/** Index of the deadline of the turn under way, by the supervisor's `performance.now()`, in the f64 view. */
const DEADLINE = 1;
/** Index of the supervisor's {@link originMs}, in the f64 view. */
const ORIGIN = 2;

/**
 * Where this thread's `performance.now()` begins on the wall clock as it is now. `performance.timeOrigin` was taken
 * when the thread began: the wall clock may have been set since, and two threads would not understand each other.
 */
const originMs = () => Date.now() - performance.now();

/** The imports that preparation added to a module, for one instance. */
export interface InterruptImports {
  readonly [BERTH_IMPORT_MODULE]: { readonly [INTERRUPT_MEMORY_IMPORT]: WebAssembly.Memory };
  readonly [MEMORY_IMPORT_MODULE]: Readonly<Record<string, WebAssembly.Memory>>;
}

/** Makes the memory that a worker and its supervisor share; one per worker, posted to it. */
export function createInterruptMemory(): WebAssembly.Memory {
  const memory = sharedMemory(1);
  new Float64Array(sharedBuffer(memory), 0, 3)[ORIGIN] = originMs();
  return memory;
}

/** Makes the part of the import object that a prepared module needs beside the ABIs' part; new for each instance. */
export function interruptImports(word: WebAssembly.Memory, plan: PreparedPlan): InterruptImports {
  const memories: Record<string, WebAssembly.Memory> = {};
  plan.memories.forEach((memory, index) => {
    if (!memory.imported) memories[index] = createMemory(memory);
  });
  return { [BERTH_IMPORT_MODULE]: { [INTERRUPT_MEMORY_IMPORT]: word }, [MEMORY_IMPORT_MODULE]: memories };
}

function createMemory(memory: PreparedPlan["memories"][number]): WebAssembly.Memory {
  const { initialPages, maximumPages, address64 } = memory;
  if (!address64) return new WebAssembly.Memory({ initial: initialPages, maximum: maximumPages });
  const descriptor = { initial: BigInt(initialPages), maximum: BigInt(maximumPages), address: "i64" };
  // TypeScript's library does not know memories with 64-bit addresses yet; V8 does.
  return new WebAssembly.Memory(descriptor as unknown as WebAssembly.MemoryDescriptor);
}

/** The worker's side: says whose turn it is, and until when. */
export class InterruptTurns {
  readonly #words: Int32Array<SharedArrayBuffer>;
  readonly #deadlines: Float64Array<SharedArrayBuffer>;
  #turn: number;
  #enteredAtMs = 0;
  #leftMs = 0;
  /** From this thread's `performance.now()` to the supervisor's. */
  readonly #offsetMs: number;

  /**
   * @param memory from {@link createInterruptMemory}
   * @param lastTurn the number before that of the first turn
   */
  constructor(memory: WebAssembly.Memory, lastTurn = 0) {
    this.#turn = lastTurn;
    const buffer = sharedBuffer(memory);
    this.#words = new Int32Array(buffer);
    this.#deadlines = new Float64Array(buffer);
    this.#offsetMs = originMs() - (this.#deadlines[ORIGIN] ?? 0);
  }

  /**
   * Guest code runs from now on. A deadline that is already over stops it at its first check.
   * @param deadlineMs by this thread's `performance.now()`; `Infinity` for none
   * @param nowMs what that is, where the caller has just asked
   */
  enter(deadlineMs: number, nowMs: number = performance.now()): void {
    // The old number must be gone before the deadline changes: the supervisor reads word, deadline, word.
    Atomics.store(this.#words, WORD, 0);
    this.#deadlines[DEADLINE] = deadlineMs + this.#offsetMs;
    this.#turn = this.#turn === TURN_MASK ? 1 : this.#turn + 1;
    this.#enteredAtMs = nowMs;
    const over = nowMs >= deadlineMs;
    Atomics.store(this.#words, WORD, over ? this.#turn | STOP : this.#turn);
    // Looked at after the store: whoever ends everything sets the flag first and then stops the turn it sees.
    if (Atomics.load(this.#words, ENDED) !== 0) Atomics.or(this.#words, WORD, STOP);
  }

  /** Guest code runs no more (it returned, trapped or was suspended). Gives the milliseconds that the turn took. */
  leave(): number {
    if (Atomics.exchange(this.#words, WORD, 0) === 0) return 0;
    this.#leftMs = performance.now();
    return this.#leftMs - this.#enteredAtMs;
  }

  /** When the last turn ended, by this thread's `performance.now()`. */
  get leftMs(): number {
    return this.#leftMs;
  }

  /** Whether the turn under way was stopped: tells a stop from a trap of the guest's own. Ask before {@link leave}. */
  get stopped(): boolean {
    return (Atomics.load(this.#words, WORD) & STOP) !== 0;
  }

  /**
   * Passes on a promise on which a guest is about to be suspended, so that its turn begins again right before the
   * guest goes on. JSPI adds its own reaction to the very promise given back, after ours; reactions of one promise
   * run one after the other, so no other guest's code can come in between.
   *
   * @param waiting what the suspending host function would have returned
   * @param deadlineMs asked when the guest goes on: its deadline by `performance.now()`, which it is told
   * @param spent told the milliseconds of the turn that ends now
   */
  suspend<T>(
    waiting: Promise<T>,
    deadlineMs: (nowMs: number) => number,
    spent: (ms: number) => void,
  ): Promise<T> {
    spent(this.leave());
    const resume = () => {
      const nowMs = performance.now();
      this.enter(deadlineMs(nowMs), nowMs);
    };
    waiting.then(resume, resume);
    return waiting;
  }
}

/**
 * The supervisor's side: stops the guest that runs now if its deadline is over. Cheap enough to be called every few
 * milliseconds while requests are under way.
 * @returns whether a guest was stopped by this call
 */
export function raiseInterrupt(memory: WebAssembly.Memory): boolean {
  const buffer = sharedBuffer(memory);
  const words = new Int32Array(buffer, 0, 2);
  const turn = Atomics.load(words, WORD);
  if (turn === 0 || (turn & STOP) !== 0) return false;
  const deadlineMs = new Float64Array(buffer, 0, 2)[DEADLINE] ?? Infinity;
  if (performance.now() < deadlineMs) return false;
  return Atomics.compareExchange(words, WORD, turn, turn | STOP) === turn;
}

/** When the guest that runs now is to be stopped, in milliseconds from now; `Infinity` when none runs. */
export function interruptDueMs(memory: WebAssembly.Memory): number {
  const buffer = sharedBuffer(memory);
  const turn = Atomics.load(new Int32Array(buffer, 0, 2), WORD);
  if (turn === 0 || (turn & STOP) !== 0) return Infinity;
  return (new Float64Array(buffer, 0, 2)[DEADLINE] ?? Infinity) - performance.now();
}

/** Whether the guest that runs now has been told to stop and has not yet done so. */
export function stopPending(memory: WebAssembly.Memory): boolean {
  return (Atomics.load(new Int32Array(sharedBuffer(memory), 0, 1), WORD) & STOP) !== 0;
}

/** Ends a worker's guests for good: the one that runs now and each that is entered afterwards stops at once. */
export function endInterrupt(memory: WebAssembly.Memory): void {
  const words = new Int32Array(sharedBuffer(memory), 0, 2);
  Atomics.store(words, ENDED, 1);
  for (;;) {
    const turn = Atomics.load(words, WORD);
    if (turn === 0 || (turn & STOP) !== 0) return;
    if (Atomics.compareExchange(words, WORD, turn, turn | STOP) === turn) return;
  }
}
