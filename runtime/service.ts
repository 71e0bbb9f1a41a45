/** A service: a deployment at work, with its workers, its log and its counters. */
import type { CapabilityName, LogLevel, LogLine, ServicePlace } from "../capabilities/capability.ts";
import { planPermissions } from "../capabilities/grants.ts";
import type { ServiceFacts } from "../abi/abi.ts";
import type { Deployment } from "./deployment.ts";
import type { BerthError } from "./error.ts";
import type { ServiceLog } from "./log.ts";
import { Pool, type PoolState } from "./pool.ts";
import { Lane } from "./worker/lane.ts";
import type { Denial, GuestFailure } from "./worker/protocol.ts";

/** What a service needs of its host. */
export interface ServiceHost {
  readonly facts: Pick<ServiceFacts, "httpPort" | "nodeId" | "accountId">;
  readonly place: ServicePlace;
  readonly log: ServiceLog;
  /** Without a request for so long its workers stop; 0 keeps them. */
  readonly idleMs: number;
  /** Compiles the module anew each time it is needed; it is not kept while the service sleeps. */
  load(): Promise<WebAssembly.Module>;
}

/** Counters since the service was started on this host. */
export interface ServiceCounters {
  requests: number;
  errors: number;
  cpuMs: number;
  denials: Partial<Record<CapabilityName, number>>;
}

const LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];
/** The same denial is logged once in this time; all are counted. */
const DENIAL_LOG_EVERY_MS = 10_000;

/** A running service. */
export class Service {
  readonly counters: ServiceCounters = { requests: 0, errors: 0, cpuMs: 0, denials: {} };
  readonly #pool: Pool;
  readonly #denials = new Map<string, { loggedAtMs: number; silent: number }>();
  #trace = false;

  constructor(readonly deployment: Deployment, private readonly host: ServiceHost) {
    const { limits, manifest } = deployment;
    this.#pool = new Pool({
      size: manifest.workers,
      // With shared state there is one instance, and it is not made to be entered twice.
      concurrency: manifest.state === "shared" ? 1 : limits.concurrencyMaxCount,
      queueMax: limits.queueMaxCount,
      idleMs: host.idleMs,
      spawn: () => this.#spawn(),
      changed: (state, reason) => this.#changed(state, reason),
    });
  }

  /** What it is doing. */
  get state(): PoolState {
    return this.#pool.state;
  }

  /** Why it fails; empty when it does not. */
  get reason(): string {
    return this.#pool.reason;
  }

  /** Requests in its workers and waiting for them. */
  get load(): { readonly open: number; readonly waiting: number; readonly workers: number } {
    const { lanes, waiting } = this.#pool;
    return { open: lanes.reduce((sum, lane) => sum + lane.open, 0), waiting, workers: lanes.length };
  }

  get log(): ServiceLog {
    return this.host.log;
  }

  /** Starts a worker and the first instance in it; rejects with the reason when that fails. */
  start(): Promise<void> {
    return this.#pool.start();
  }

  /** Answers a request; `url` is its path and query below the base path. Rejects with a `BerthError`. */
  async fetch(request: Request, url: string, requestId: string): Promise<Response> {
    this.counters.requests++;
    try {
      return await this.#pool.run((lane) => lane.send(request, url, requestId));
    } catch (error) {
      this.counters.errors++;
      throw error;
    }
  }

  /** Host calls of the guest into its log, or not. */
  trace(on: boolean): void {
    this.#trace = on;
    for (const lane of this.#pool.lanes) lane.control({ kind: "trace", on });
  }

  /** Ends it: requests in flight have `graceMs`. */
  stop(graceMs: number): Promise<void> {
    return this.#pool.stop(graceMs);
  }

  async #spawn(): Promise<Lane> {
    const { deployment, host } = this;
    const { record } = deployment;
    const module = await host.load();
    const lane = new Lane(
      {
        module,
        state: deployment.manifest.state,
        grants: record.grants,
        config: record.env,
        place: host.place,
        limits: deployment.limits,
        facts: {
          ...host.facts,
          id: record.id,
          name: record.name,
          version: deployment.manifest.version,
          clientId: record.clientId,
          basePath: deployment.address,
          env: record.grants.env === undefined ? {} : record.env,
        },
        trace: this.#trace,
      },
      planPermissions(record.grants, host.place),
      {
        log: (line) => this.#log(line),
        denied: (denial) => this.#denied(denial),
        failed: (requestId, failure) => this.#failed(requestId, failure),
        done: (cpuMs) => {
          this.counters.cpuMs += cpuMs;
          this.#pool.pass();
        },
        ended: (ended, error) => this.#ended(ended, error),
      },
    );
    return lane;
  }

  #log(line: LogLine): void {
    if (LEVELS.indexOf(line.level) < LEVELS.indexOf(this.deployment.manifest.logLevel) && !this.#trace) {
      return;
    }
    this.host.log.add(line);
  }

  #denied({ capability, attempt, manifestLine, requestId }: Denial): void {
    this.counters.denials[capability] = (this.counters.denials[capability] ?? 0) + 1;
    const key = `${capability} ${manifestLine}`;
    const known = this.#denials.get(key);
    const now = performance.now();
    if (known && now - known.loggedAtMs < DENIAL_LOG_EVERY_MS) {
      known.silent++;
      return;
    }
    if (this.#denials.size > 1000) this.#denials.clear(); // keys come from the guest
    this.#denials.set(key, { loggedAtMs: now, silent: 0 });
    const repeats = known?.silent ? ` (and ${known.silent} times more since the last line)` : "";
    this.host.log.add({
      level: "warn",
      source: "host",
      message: `denied ${capability}: ${attempt}; berth.json would allow it with ${manifestLine}${repeats}`,
      fields: { capability, attempt, manifestLine },
      ...(requestId ? { requestId } : {}),
    });
  }

  #failed(requestId: string, { code, message, stack }: GuestFailure): void {
    this.host.log.add({
      level: "error",
      source: "host",
      requestId,
      message: `the request failed (${code}): ${message}`,
      fields: { code, ...(stack ? { backtrace: stack } : {}) },
    });
  }

  #changed(state: PoolState, reason: string): void {
    const level = state === "failing" ? "error" : "info";
    this.host.log.add({ level, source: "host", message: reason ? `${state}: ${reason}` : state });
  }

  #ended(lane: Lane, error: BerthError | null): void {
    if (error) {
      this.host.log.add({ level: "error", source: "host", message: `the worker ended: ${error.message}` });
    }
    this.#pool.ended(lane, error);
  }
}
