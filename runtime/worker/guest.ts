/** Instances of the service's module in this worker: made, called, metered, put back, discarded. */
import type {
  Abi,
  AbiInstance,
  Convention,
  GuestContext,
  GuestFunction,
  GuestInstance,
  ProgramSurroundings,
} from "../../abi/abi.ts";
import { promising, suspending } from "../../abi/jspi.ts";
import type { FilesSession } from "../../capabilities/files/files.ts";
import { type PreparedPlan, preparedPlan, STATE_EXPORT_PREFIX } from "../prepared.ts";
import type { RingExchange } from "./exchange.ts";
import { interruptImports, type InterruptTurns } from "./interrupt.ts";
import { InstanceState } from "./state.ts";

/** What all instances of a module share. */
export interface GuestPlan {
  readonly module: WebAssembly.Module;
  readonly context: GuestContext;
  /** The ABIs that the module imports from. */
  readonly abis: readonly Abi[];
  /** `module.name` of the imports that may suspend. */
  readonly suspending: ReadonlySet<string>;
  /** What the preparation found. */
  readonly prepared: PreparedPlan;
  readonly word: WebAssembly.Memory;
}

/** Finds out which imports of a module may suspend; once per worker. */
export function planGuest(
  module: WebAssembly.Module,
  context: GuestContext,
  abis: readonly Abi[],
  word: WebAssembly.Memory,
): GuestPlan {
  const imported = new Set(
    WebAssembly.Module.imports(module).map((entry) => `${entry.module}.${entry.name}`),
  );
  const names = abis.flatMap((abi) => abi.functions)
    .filter((fn) => fn.suspends).map((fn) => `${fn.module}.${fn.name}`).filter((name) => imported.has(name));
  return { module, context, abis, suspending: new Set(names), prepared: preparedPlan(module), word };
}

/** Who runs now; kept by the guests themselves. */
export interface RunWatch {
  readonly turns: InterruptTurns;
  /** Whose turn it is on this thread. */
  running: Guest | null;
  /** This guest's code runs from now on: log lines belong to its request. */
  entered(guest: Guest): void;
}

/** Limits of what a guest does now. */
export interface Budget {
  /** By `performance.now()`. */
  readonly endsMs: number;
  readonly cpuMaxMs: number;
}

/** One instance. */
export class Guest implements GuestInstance {
  exports!: WebAssembly.Exports;
  readonly context: GuestContext;
  surroundings: ProgramSurroundings | undefined;
  /** The request that it serves. */
  exchange: RingExchange | null = null;
  /** CPU time under the present budget, in milliseconds. */
  cpuMs = 0;
  /** Set when it was stopped at its limit: the trap that followed is not its own. */
  stopped: "wall-limit" | "cpu-limit" | null = null;

  #budget: Budget;
  /** Which limit the turn under way would meet first. */
  #nearest: "wall-limit" | "cpu-limit" = "wall-limit";
  #abandoned = false;
  readonly #abis: { readonly abi: Abi; readonly instance: AbiInstance }[] = [];
  readonly #promising = new Map<string, (...args: (number | bigint)[]) => Promise<unknown>>();
  /** Its own view of the mounts, the same for all ABIs. */
  #files: FilesSession | undefined;
  #state: InstanceState | null = null;
  #memories: WebAssembly.Memory[] = [];

  private constructor(readonly plan: GuestPlan, private readonly watch: RunWatch, budget: Budget) {
    this.context = plan.context;
    this.#budget = budget;
  }

  /**
   * Makes an instance and runs the convention's start in it, within the budget.
   * @param resettable whether a snapshot is taken for {@link reset}
   */
  static async create(
    plan: GuestPlan,
    convention: Convention,
    watch: RunWatch,
    budget: Budget,
    resettable: boolean,
  ): Promise<Guest> {
    const guest = new Guest(plan, watch, budget);
    guest.#instantiate(convention);
    const started = convention.start(guest);
    if (started) await started;
    for (const { instance } of guest.#abis) instance.snapshot();
    guest.#files?.snapshot();
    if (resettable && plan.prepared.newInstanceReason === "") {
      guest.#state = new InstanceState(guest.exports, plan.prepared);
    }
    return guest;
  }

  #instantiate(convention: Convention): void {
    const { plan } = this;
    const imports: WebAssembly.Imports = { ...interruptImports(plan.word, plan.prepared) };
    const files = this.#files = this.context.capabilities.files?.session();
    const surroundings = this.surroundings = convention.surroundings?.(this.context);
    const start = {
      args: [this.context.service.name],
      ...(files ? { files } : {}),
      ...(surroundings ? { surroundings } : {}),
    };
    for (const abi of plan.abis) {
      const opened = abi.open(this.context, start);
      this.#abis.push({ abi, instance: opened });
      for (const [module, functions] of Object.entries(opened.imports)) {
        const into = imports[module] ??= {};
        for (const [name, fn] of Object.entries(functions)) into[name] = this.#wrap(`${module}.${name}`, fn);
      }
    }
    this.#enter();
    try {
      this.exports = new WebAssembly.Instance(plan.module, imports).exports;
    } finally {
      this.#leave();
    }
    for (const { instance } of this.#abis) instance.bind(this.exports);
    this.#memories = plan.prepared.memories.map((_, index) =>
      this.exports[`${STATE_EXPORT_PREFIX}memory:${index}`]
    )
      .filter((memory) => memory instanceof WebAssembly.Memory);
  }

  // Turns: when its code runs

  /** A new request: its limits count from here. */
  begin(budget: Budget): void {
    this.#budget = budget;
    this.cpuMs = 0;
  }

  readonly #deadlineMs = (nowMs: number): number => {
    // A guest that finished after a wait is known to have finished only some microtasks later: its turn ends now.
    const { running } = this.watch;
    if (running) running.#leave();
    const { endsMs, cpuMaxMs } = this.#budget;
    const cpuEndsMs = nowMs + cpuMaxMs - this.cpuMs;
    this.#nearest = endsMs <= cpuEndsMs ? "wall-limit" : "cpu-limit";
    return Math.min(endsMs, cpuEndsMs);
  };

  readonly #spent = (ms: number): void => {
    this.cpuMs += ms;
    this.watch.running = null;
  };

  readonly #entered = (): void => {
    this.watch.running = this;
    this.watch.entered(this);
  };

  #enter(): void {
    const nowMs = performance.now();
    this.watch.turns.enter(this.#deadlineMs(nowMs), nowMs);
    this.#entered();
  }

  #leave(): void {
    if (this.watch.running !== this) return;
    const { turns } = this.watch;
    if (turns.stopped) this.stopped = this.#nearest;
    this.#spent(turns.leave());
  }

  /** A suspending function gives the thread away while it waits: that is not the guest's time. */
  #wrap(key: string, fn: GuestFunction): WebAssembly.ImportValue {
    if (!this.plan.suspending.has(key)) return fn as WebAssembly.ImportValue;
    return suspending((...args: (number | bigint)[]) => {
      const result = fn(...args);
      return result instanceof Promise ? this.#suspend(result) : result;
    });
  }

  #suspend<T>(waiting: Promise<T>): Promise<T> {
    const { turns } = this.watch;
    // A guest that was given up while it waits never goes on: its promise stays open and is collected with it.
    const never = () => new Promise<never>(() => {});
    const resumed = waiting.then(
      (value) => this.#abandoned ? never() : value,
      (error) => this.#abandoned ? never() : Promise.reject(error),
    );
    const suspended = turns.suspend(resumed, this.#deadlineMs, this.#spent);
    suspended.then(this.#entered, this.#entered);
    return suspended;
  }

  // What a convention does with it

  abi<T extends AbiInstance>(abi: Abi): T | undefined {
    // The caller names the ABI's own instance type; there are one or two, so that looking for it costs nothing.
    return this.#abis.find((opened) => opened.abi === abi)?.instance as T | undefined;
  }

  call(name: string, ...args: (number | bigint)[]): unknown {
    const fn = this.exports[name];
    if (typeof fn !== "function") throw new TypeError(`the module has no function ${name}`);
    if (this.watch.running === this) return fn(...args); // from inside a host function: its turn goes on
    if (this.plan.suspending.size > 0) {
      return this.#callPromising(name, fn as (...args: unknown[]) => unknown, args);
    }
    this.#enter();
    try {
      return fn(...args);
    } finally {
      this.#leave();
    }
  }

  async #callPromising(
    name: string,
    fn: (...args: unknown[]) => unknown,
    args: (number | bigint)[],
  ): Promise<unknown> {
    let wrapped = this.#promising.get(name);
    if (!wrapped) {
      wrapped = promising(fn);
      this.#promising.set(name, wrapped);
    }
    this.#enter();
    const result = wrapped(...args);
    this.#leave(); // it has ended or waits
    try {
      return await result;
    } finally {
      this.#leave(); // it had waited and has ended now
    }
  }

  /** What its memories take now. */
  get memoryBytes(): number {
    return this.#memories.reduce((sum, memory) => sum + memory.buffer.byteLength, 0);
  }

  /** Whether it has the snapshot that {@link reset} needs. */
  get resettable(): boolean {
    return this.#state !== null;
  }

  /** Back to the state after its start; `false` when that cannot be done and it must be discarded. */
  reset(): boolean {
    if (!this.#state || this.stopped || this.#abandoned) return false;
    for (const { instance } of this.#abis) instance.restore();
    this.#files?.restore();
    return this.#state.restore();
  }

  /** Ends it; whatever it had opened is closed, and what waits in it never goes on. */
  discard(): void {
    this.#abandoned = true;
    for (const { instance } of this.#abis) instance.close();
    this.#files?.close();
  }
}
