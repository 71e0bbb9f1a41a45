/** Instances of the service's module in this worker: made, called, metered, put back, discarded. */
import { ABIS } from "../../abi/registry.ts";
import type {
  Abi,
  AbiInstance,
  Convention,
  GuestContext,
  GuestFunction,
  GuestInstance,
} from "../../abi/abi.ts";
import { promising, suspending } from "../../abi/jspi.ts";
import type { InterruptImports } from "./interrupt.ts";
import { InstanceState } from "./state.ts";

/** What all instances of a module share. */
export interface GuestPlan {
  readonly module: WebAssembly.Module;
  readonly context: GuestContext;
  /** The ABIs that the module imports from. */
  readonly abis: readonly Abi[];
  /** `module.name` of the imports that may suspend. */
  readonly suspending: ReadonlySet<string>;
  /** Whether an instance can be put back at all, as the preparation found. */
  readonly resettable: boolean;
  /** The interrupt imports of one instance; `null` for a module that was not prepared. */
  interrupt: ((ask: () => boolean) => InterruptImports) | null;
}

/** Finds out what a module needs of the ABIs; once per worker. */
export function planGuest(
  module: WebAssembly.Module,
  context: GuestContext,
  resettable: boolean,
  interrupt: GuestPlan["interrupt"],
): GuestPlan {
  const imported = new Set(
    WebAssembly.Module.imports(module).map((entry) => `${entry.module}.${entry.name}`),
  );
  const uses = (abi: Abi) => abi.functions.some((fn) => imported.has(`${fn.module}.${fn.name}`));
  const abis = ABIS.filter(uses);
  const suspending = abis.flatMap((abi) => abi.functions)
    .filter((fn) => fn.suspends).map((fn) => `${fn.module}.${fn.name}`).filter((name) => imported.has(name));
  return { module, context, abis, suspending: new Set(suspending), resettable, interrupt };
}

/** Told when guest code starts and stops to run on this thread. */
export interface RunMeter {
  /** Guest code of this guest runs from now on. */
  enter(guest: Guest): void;
  /** It does not any more; adds to its CPU time. */
  leave(guest: Guest): void;
}

/** One instance. */
export class Guest implements GuestInstance {
  exports!: WebAssembly.Exports;
  readonly context: GuestContext;
  /** CPU time of the request under way, in milliseconds. */
  cpuMs = 0;
  /** `performance.now()` at which the guest was entered; 0 when it does not run. */
  enteredAtMs = 0;
  /** Set when the guest was stopped by its limit: the trap that follows is not its own. */
  stopped: "wall-limit" | "cpu-limit" | null = null;
  /** Set when its request is over while it waits inside a host function. */
  abandoned = false;
  /** Decides whether the guest must stop; asked when the interrupt word is set. */
  decide: () => "wall-limit" | "cpu-limit" | null = () => null;

  readonly #abis = new Map<Abi, AbiInstance>();
  readonly #promising = new Map<string, (...args: (number | bigint)[]) => Promise<unknown>>();
  #state: InstanceState | null = null;

  private constructor(private readonly plan: GuestPlan, private readonly meter: RunMeter) {
    this.context = plan.context;
  }

  /** Makes an instance and runs the convention's start in it, at most until `endsMs` (`performance.now()`). */
  static async create(
    plan: GuestPlan,
    convention: Convention,
    meter: RunMeter,
    endsMs: number,
  ): Promise<Guest> {
    const guest = new Guest(plan, meter);
    guest.decide = () => performance.now() >= endsMs ? "wall-limit" : null;
    guest.#instantiate();
    const started = convention.start(guest);
    if (started) await started;
    for (const abi of guest.#abis.values()) abi.snapshot();
    if (plan.resettable) guest.#state = new InstanceState(guest.exports);
    return guest;
  }

  #instantiate(): void {
    const imports: Record<string, Record<string, WebAssembly.ImportValue>> = {};
    for (const abi of this.plan.abis) {
      const opened = abi.open(this.context, { args: [this.context.service.name] });
      this.#abis.set(abi, opened);
      for (const [module, functions] of Object.entries(opened.imports)) {
        const into = imports[module] ??= {};
        for (const [name, fn] of Object.entries(functions)) into[name] = this.#wrap(`${module}.${name}`, fn);
      }
    }
    if (this.plan.interrupt) Object.assign(imports, this.plan.interrupt(() => this.#ask()));
    this.meter.enter(this);
    try {
      this.exports = new WebAssembly.Instance(this.plan.module, imports).exports;
    } finally {
      this.meter.leave(this);
    }
    for (const abi of this.#abis.values()) abi.bind(this.exports);
  }

  #ask(): boolean {
    this.stopped = this.decide();
    return this.stopped !== null;
  }

  /** A suspending function gives the thread away while it waits: the meter must not count that. */
  #wrap(key: string, fn: GuestFunction): WebAssembly.ImportValue {
    if (!this.plan.suspending.has(key)) return fn as WebAssembly.ImportValue;
    const { meter } = this;
    const metered = (...args: (number | bigint)[]) => {
      const result = fn(...args);
      if (!(result instanceof Promise)) return result;
      meter.leave(this);
      return result.then(
        (value) => this.#resume(() => value),
        (error) =>
          this.#resume(() => {
            throw error;
          }),
      );
    };
    return suspending(metered);
  }

  /** Gives the thread back to the guest; one that was given up while it waited never runs again. */
  #resume<T>(settle: () => T): T | Promise<never> {
    if (this.abandoned) return new Promise<never>(() => {});
    this.meter.enter(this);
    return settle();
  }

  abi<T extends AbiInstance>(abi: Abi): T {
    // The caller names the ABI's own instance type; the map is keyed by the ABI itself.
    return this.#abis.get(abi) as T;
  }

  call(name: string, ...args: (number | bigint)[]): unknown {
    const fn = this.exports[name];
    if (typeof fn !== "function") throw new TypeError(`the module has no function ${name}`);
    if (this.plan.suspending.size > 0 && this.enteredAtMs === 0) return this.#callPromising(name, fn, args);
    const nested = this.enteredAtMs !== 0;
    if (!nested) this.meter.enter(this);
    try {
      return fn(...args);
    } finally {
      if (!nested) this.meter.leave(this);
    }
  }

  #callPromising(name: string, fn: unknown, args: (number | bigint)[]): Promise<unknown> {
    let wrapped = this.#promising.get(name);
    if (!wrapped) {
      wrapped = promising(fn as (...args: (number | bigint)[]) => unknown);
      this.#promising.set(name, wrapped);
    }
    this.meter.enter(this);
    return wrapped(...args).finally(() => this.meter.leave(this));
  }

  /** Back to the state after its start; `false` when that cannot be done and it must be discarded. */
  reset(): boolean {
    if (!this.#state || this.stopped || this.abandoned) return false;
    for (const abi of this.#abis.values()) abi.restore();
    return this.#state.restore();
  }

  /** Ends it; whatever it had opened is closed. */
  discard(): void {
    this.abandoned = true;
    for (const abi of this.#abis.values()) abi.close();
  }
}
