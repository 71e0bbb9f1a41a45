/** The workers of one service: which takes a request, who waits, what happens when one ends. */
import { BerthError } from "./error.ts";
import type { Turns } from "./turns.ts";
import type { Lane } from "./worker/lane.ts";
import type { Egress } from "./worker/lane_events.ts";

/** How a pool behaves. */
export interface PoolOptions {
  /** Workers at most. */
  readonly size: number;
  /** Requests in one worker at once. */
  readonly concurrency: number;
  /** Requests that may wait. */
  readonly queueMax: number;
  /** Without a request for so long the workers are stopped; 0 keeps them. */
  readonly idleMs: number;
  /** Requests in all workers of the process, shared between its pools. */
  readonly gate: Gate;
  /** Starts of workers on this host, one after the other. */
  readonly turns: Turns;
  /** Makes a worker; the pool waits for its `started`. */
  spawn(): Promise<Lane>;
  /** Told when the state changes, for the operator. */
  changed(state: PoolState, reason: string): void;
}

/** V8 ends the process when too many calls are suspended in it, whatever service they belong to. */
export interface Gate {
  open: number;
  readonly max: number;
}

/** What a pool is doing. */
export type PoolState = "asleep" | "starting" | "running" | "failing" | "stopped";

interface Waiter {
  go(lane: Lane): void;
  refuse(error: BerthError): void;
}

/** A worker that takes longer to start lets the next one begin. */
const START_PATIENCE_MS = 500;
/** How often those who wait look for room in a process that is full. */
const PASS_LATER_MS = 10;
const BACKOFF_FIRST_MS = 250;
const BACKOFF_MAX_MS = 60_000;

function plus(a: Egress, b: Egress): Egress {
  return { sentBytes: a.sentBytes + b.sentBytes, receivedBytes: a.receivedBytes + b.receivedBytes };
}

/** The workers of a service. */
export class Pool {
  readonly #lanes: Lane[] = [];
  readonly #queue: Waiter[] = [];
  #state: PoolState = "asleep";
  #reason = "";
  #starting: Promise<void> | null = null;
  #failures = 0;
  #retryAtMs = 0;
  #idleTimer: ReturnType<typeof setTimeout> | null = null;
  /** Whether there was a request since the last look for idleness. */
  #used = false;
  #endedCpuMs = 0;
  #endedPeakBytes = 0;
  #endedEgress: Egress = { sentBytes: 0, receivedBytes: 0 };
  #onEmpty: (() => void) | null = null;
  #passTimer: ReturnType<typeof setTimeout> | null = null;

  constructor(private readonly options: PoolOptions) {}

  /** What it is doing. */
  get state(): PoolState {
    return this.#state;
  }

  /** Why, when it fails. */
  get reason(): string {
    return this.#reason;
  }

  /** Workers that run. */
  get lanes(): readonly Lane[] {
    return this.#lanes;
  }

  /** Requests that wait for a place. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** Starts the first worker if none runs; rejects when it cannot start. */
  async start(): Promise<void> {
    if (this.#lanes.length > 0) return;
    await (this.#starting ??= this.#spawn().finally(() => this.#starting = null));
  }

  /** Uses a worker now, or as soon as there is room; refuses at once when too many wait already. */
  run<T>(use: (lane: Lane) => Promise<T>, refuse: (error: BerthError) => T): Promise<T> {
    const lane = this.take();
    if (lane) return use(lane);
    return this.#isCrowded() ? Promise.resolve(refuse(this.#hostBusy())) : this.#wait(use, refuse);
  }

  /** A worker with room, to be given a request in this very turn; `null` when {@link run} must wait or refuse. */
  take(): Lane | null {
    this.#used = true;
    if (this.#isCrowded()) return null;
    const lane = this.#pick();
    // A worker that is busy with anything is a reason for another one, as long as there may be more.
    if (!lane || lane.open > 0) this.grow();
    if (lane) this.options.gate.open++;
    return lane;
  }

  #use<T>(lane: Lane, use: (lane: Lane) => Promise<T>): Promise<T> {
    this.options.gate.open++;
    return use(lane);
  }

  /** A service may hold at most as many places of the process as are still free: so none ever has them all. */
  #isCrowded(): boolean {
    const { open, max } = this.options.gate;
    return open * 2 >= max && this.#open() >= max - open; // below half nobody need count
  }

  #open(): number {
    return this.#lanes.reduce((sum, lane) => sum + lane.open, 0);
  }

  #hostBusy(): BerthError {
    const { open } = this.options.gate;
    const detail = `${open} requests are under way on this host already, ${this.#open()} of this service`;
    return new BerthError("service-busy", detail, { retryAfterSeconds: 1 });
  }

  #pick(): Lane | null {
    let best: Lane | null = null;
    for (const lane of this.#lanes) {
      if (lane.alive && lane.open < this.options.concurrency && (!best || lane.open < best.open)) best = lane;
    }
    return best;
  }

  #wait<T>(use: (lane: Lane) => Promise<T>, refuse: (error: BerthError) => T): Promise<T> {
    const refusal = this.#refusal();
    if (refusal) return Promise.resolve(refuse(refusal));
    return new Promise((resolve) => {
      this.#queue.push({
        // Used in the same turn in which the place was found, so that no place is given twice.
        go: (lane) => resolve(this.#use(lane, use)),
        refuse: (error) => resolve(refuse(error)),
      });
    });
  }

  #refusal(): BerthError | null {
    if (this.#state === "stopped") return new BerthError("service-stopped", "the service is not running");
    if (this.#state === "failing" && performance.now() < this.#retryAtMs) return this.#failing();
    if (this.#queue.length < this.options.queueMax) return null;
    const detail = `${this.#queue.length} requests wait for the service already`;
    return new BerthError("service-busy", detail, { retryAfterSeconds: 1 });
  }

  /** A request has left its worker. */
  freed(): void {
    this.options.gate.open--;
    this.pass();
  }

  /** Those who wait get the places that are free. */
  pass(): void {
    while (this.#queue.length > 0) {
      if (this.options.gate.open >= this.options.gate.max) return this.#passLater();
      const lane = this.#lanes.find((candidate) =>
        candidate.alive && candidate.open < this.options.concurrency
      );
      if (!lane) return;
      this.#queue.shift()?.go(lane);
    }
    this.#onEmpty?.();
  }

  /** The process is full, and it may be others' requests that make room. */
  #passLater(): void {
    if (this.#passTimer !== null) return;
    this.#passTimer = setTimeout(() => {
      this.#passTimer = null;
      this.pass();
    }, PASS_LATER_MS);
  }

  /** Starts one more worker in the background, if there may be one. */
  grow(): void {
    if (this.#starting || this.#state === "stopped" || this.#lanes.length >= this.options.size) return;
    if (performance.now() < this.#retryAtMs) return;
    this.#starting = this.#spawn().finally(() => this.#starting = null);
    this.#starting.catch(() => {}); // told through the state and to those who wait
  }

  async #spawn(): Promise<void> {
    if (this.#lanes.length === 0) this.#become("starting", "");
    let lane: Lane;
    try {
      lane = await this.options.turns.run(async () => {
        const made = await this.options.spawn();
        await made.started;
        return made;
      }, START_PATIENCE_MS);
      // It was not among the workers yet when it said so.
      if (!lane.alive) throw new Error("the worker ended as soon as it had started");
    } catch (error) {
      this.#failed(error instanceof Error ? error.message : String(error));
      this.#refuseAll();
      throw error;
    }
    this.#lanes.push(lane);
    this.#failures = 0;
    this.#become("running", "");
    this.#watchIdle();
    this.pass();
  }

  #failed(reason: string): void {
    this.#failures++;
    this.#retryAtMs = performance.now() +
      Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** (this.#failures - 1));
    this.#become("failing", reason);
  }

  #failing(): BerthError {
    const retryAfterSeconds = Math.max(1, Math.ceil((this.#retryAtMs - performance.now()) / 1000));
    return new BerthError(
      "service-stopped",
      "the service does not start",
      { retryAfterSeconds },
      this.#reason,
    );
  }

  #refuseAll(): void {
    for (const waiter of this.#queue.splice(0)) waiter.refuse(this.#failing());
  }

  #become(state: PoolState, reason: string): void {
    if (this.#state === state && this.#reason === reason) return;
    this.#state = state;
    this.#reason = reason;
    this.options.changed(state, reason);
  }

  /** CPU milliseconds that the service's guests have used. */
  get cpuMs(): number {
    return this.#lanes.reduce((sum, lane) => sum + lane.cpuMs, this.#endedCpuMs);
  }

  /** Bytes of bodies that its guests sent to other hosts, and got from them. */
  get egress(): Egress {
    return this.#lanes.reduce((sum, lane) => plus(sum, lane.egress), this.#endedEgress);
  }

  /** The largest memory that one instance had at the end of a request. */
  get memoryPeakBytes(): number {
    return this.#lanes.reduce((peak, lane) => Math.max(peak, lane.memoryPeakBytes), this.#endedPeakBytes);
  }

  /** A worker ended, by itself or because it was told to. */
  ended(lane: Lane, error: BerthError | null): void {
    const at = this.#lanes.indexOf(lane);
    if (at >= 0) this.#lanes.splice(at, 1);
    this.#endedCpuMs += lane.cpuMs;
    this.#endedEgress = plus(this.#endedEgress, lane.egress);
    this.#endedPeakBytes = Math.max(this.#endedPeakBytes, lane.memoryPeakBytes);
    if (at < 0 || this.#state === "stopped") return;
    if (error) this.#failed(error.message);
    else if (this.#lanes.length === 0) this.#become("asleep", "");
    if (this.#queue.length > 0) this.grow();
  }

  #watchIdle(): void {
    const { idleMs } = this.options;
    if (idleMs === 0 || this.#idleTimer !== null) return;
    this.#idleTimer = setTimeout(() => {
      this.#idleTimer = null;
      const idle = !this.#used && this.#lanes.every((lane) => lane.open === 0);
      this.#used = false;
      if (idle && this.#state === "running") this.sleep();
      else if (this.#lanes.length > 0) this.#watchIdle();
    }, idleMs);
    Deno.unrefTimer(this.#idleTimer);
  }

  /** Stops the workers until the next request. */
  sleep(): void {
    this.#become("asleep", "");
    for (const lane of [...this.#lanes]) lane.stop(1_000);
  }

  /** Ends for good: requests in flight and those that wait have `graceMs` to end. */
  async stop(graceMs: number): Promise<void> {
    if (this.#idleTimer !== null) clearTimeout(this.#idleTimer);
    const ends = performance.now() + graceMs;
    await this.#starting?.catch(() => {});
    if (this.#queue.length > 0 && graceMs > 0) await this.#queueEmpty(graceMs);
    this.#become("stopped", "");
    for (const waiter of this.#queue.splice(0)) {
      waiter.refuse(new BerthError("service-stopped", "the service was stopped"));
    }
    await Promise.all([...this.#lanes].map((lane) => lane.stop(Math.max(0, ends - performance.now()))));
  }

  #queueEmpty(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#onEmpty = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
