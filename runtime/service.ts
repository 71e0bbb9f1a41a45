/** A service: a deployment at work, with its workers, its log and its counters. */
import {
  CAPABILITY_NAMES,
  type CapabilityName,
  type HostReply,
  type LogLevel,
  type LogLine,
  type ServicePlace,
} from "../capabilities/capability.ts";
import type { Fakes } from "../capabilities/fake.ts";
import { planPermissions } from "../capabilities/plans.ts";
import type { ServiceFacts } from "../abi/abi.ts";
import type { Deployment } from "./deployment.ts";
import type { BerthError } from "./error.ts";
import { asBerthError } from "./errors.ts";
import { folderBytes } from "./folder_bytes.ts";
import { Histogram } from "./histogram.ts";
import type { LimitName } from "./limits.ts";
import type { ServiceLog } from "./log.ts";
import { type Gate, Pool, type PoolState } from "./pool.ts";
import type { WorkerCall } from "./worker/calls.ts";
import type { Turns } from "./turns.ts";
import { Lane } from "./worker/lane.ts";
import type { Egress } from "./worker/lane_events.ts";
import { type Denial, type GuestFailure, requestIdOf } from "./worker/protocol.ts";
import { failureText, guestFrames, withDenials } from "./failure_text.ts";

/** What a service needs of its host. */
export interface ServiceHost {
  readonly facts: Pick<ServiceFacts, "httpPort" | "nodeId" | "accountId">;
  readonly place: ServicePlace;
  readonly log: ServiceLog;
  readonly gate: Gate;
  readonly turns: Turns;
  /** Begins the ids of requests. */
  readonly requestPrefix: string;
  /** The answer to a request that failed. */
  problem(error: BerthError, requestId: string): Response;
  /** Does for a guest what only the host can. */
  carryOut(service: Service, call: WorkerCall): HostReply | Promise<HostReply>;
  /** Without a request for so long its workers stop; 0 keeps them. */
  readonly idleMs: number;
  /** What stands in place of the world, in a service's own tests. */
  readonly fakes?: Fakes;
  /** The granted ones of its secrets, as they are when a worker starts. */
  secrets(): Readonly<Record<string, string>>;
  /** Compiles the module anew each time it is needed; it is not kept while the service sleeps. */
  load(): Promise<WebAssembly.Module>;
}

/** Counters since the service was started on this host. */
export interface ServiceCounters {
  requests: number;
  errors: number;
  denials: Partial<Record<CapabilityName, number>>;
  /** Failed requests by the code of their error. */
  errorCodes: Record<string, number>;
  /** From a request's arrival to the head of its answer. */
  readonly latency: Histogram;
}

/** A kind of attempt that was refused. */
export interface DenialCount {
  readonly capability: CapabilityName;
  /** What the guest tried, the first time. */
  readonly attempt: string;
  /** The line of berth.json that would allow it. */
  readonly manifestLine: string;
  count: number;
  /** The last time (ms since 1970). */
  lastMs: number;
}

const LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];
/** What a guest tried is kept for the operator, but not at any length. */
const ATTEMPT_MAX_LENGTH = 300;
/** How often the files of its private folder are counted, at most. */
const FILES_COUNT_EVERY_MS = 10_000;
/** The same denial is logged once in this time; all are counted. */
const DENIAL_LOG_EVERY_MS = 10_000;

/** A running service. */
export class Service {
  /** @internal What it was made of. */
  readonly deployment: Deployment;
  /** @internal What it has done since it was started. */
  readonly counters: ServiceCounters = {
    requests: 0,
    errors: 0,
    denials: {},
    errorCodes: {},
    latency: new Histogram(),
  };
  readonly #pool: Pool;
  readonly #denials = new Map<string, DenialCount & { loggedAtMs: number; silent: number }>();
  #trace = false;
  #filesCounted = { atMs: -Infinity, bytes: Promise.resolve(0) };

  /** @internal A host makes it. */
  constructor(deployment: Deployment, private readonly host: ServiceHost) {
    this.deployment = deployment;
    const { limits, manifest } = deployment;
    this.#pool = new Pool({
      // More than the device has cores would only take time from other services.
      size: Math.min(manifest.workers, navigator.hardwareConcurrency),
      // With shared state there is one instance; its worker gives it one request after the other.
      concurrency: limits.concurrencyMaxCount,
      queueMax: limits.queueMaxCount,
      idleMs: host.idleMs,
      gate: host.gate,
      turns: host.turns,
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

  /** @internal What was refused, the latest first, at most `max` kinds. */
  recentDenials(max: number): DenialCount[] {
    return [...this.#denials.values()].sort((a, b) => b.lastMs - a.lastMs).slice(0, max)
      .map(({ capability, attempt, manifestLine, count, lastMs }) => ({
        capability,
        attempt,
        manifestLine,
        count,
        lastMs,
      }));
  }

  /** What it uses now of its limits, by their names. */
  async use(): Promise<Partial<Record<LimitName, number>>> {
    const { open, waiting, workers } = this.load;
    const { grants } = this.deployment.record;
    const storage = grants.storage === undefined ? null : await Deno.stat(this.host.place.storageFile).then(
      ({ size }) => size,
      () => 0, // not written to yet
    );
    return {
      ...await this.#privateFiles(),
      memoryMaxBytes: this.#pool.memoryPeakBytes,
      concurrencyMaxCount: Math.ceil(open / Math.max(1, workers)),
      queueMaxCount: waiting,
      ...(storage === null ? {} : { storageMaxBytes: storage }),
    };
  }

  /** Counted anew once in a while: a folder may hold very many files. */
  async #privateFiles(): Promise<{ privateFilesMaxBytes?: number }> {
    const { files } = this.deployment.record.grants;
    if (!(files as { private?: unknown } | undefined)?.private) return {}; // checked against its schema at deploy
    const nowMs = performance.now();
    if (nowMs - this.#filesCounted.atMs > FILES_COUNT_EVERY_MS) {
      this.#filesCounted = { atMs: nowMs, bytes: folderBytes(this.host.place.privateFolder) };
    }
    return { privateFilesMaxBytes: await this.#filesCounted.bytes };
  }

  /** @internal What it logged. */
  get log(): ServiceLog {
    return this.host.log;
  }

  /** Starts a worker and the first instance in it; rejects with the reason when that fails. */
  start(): Promise<void> {
    return this.#pool.start().catch((error) => {
      throw withDenials(error, this.#denials.values());
    });
  }

  /**
   * Answers a request, whatever becomes of it.
   * @param url its path and query below the base path
   * @param number of the request, unique on this host
   */
  fetch(request: Request, url: string, number: number): Promise<Response> {
    this.counters.requests++;
    const lane = this.#pool.take();
    return lane ? lane.send(request, url, number) : this.#fetchLater(request, url, number);
  }

  #fetchLater(request: Request, url: string, number: number): Promise<Response> {
    return this.#pool.run(
      (lane) => lane.send(request, url, number),
      (error) => this.#problem(error, requestIdOf(this.host.requestPrefix, number)),
    );
  }

  /**
   * As {@link fetch}, for what reaches the service from inside the host: a refusal comes as the error itself.
   * @param mark see `requestMark`
   */
  call(request: Request, url: string, number: number, mark: number): Promise<Response | BerthError> {
    this.counters.requests++;
    return this.#pool.run<Response | BerthError>(
      (lane) => lane.send(request, url, number, mark),
      (error) => this.#counted(error),
    );
  }

  #problem(error: BerthError, requestId: string): Response {
    return this.host.problem(this.#counted(error), requestId);
  }

  #counted(error: BerthError): BerthError {
    const { errorCodes } = this.counters;
    this.counters.errors++;
    errorCodes[error.code] = (errorCodes[error.code] ?? 0) + 1;
    return error;
  }

  /** The largest memory that one of its instances had at the end of a request. */
  get memoryPeakBytes(): number {
    return this.#pool.memoryPeakBytes;
  }

  /** Bytes of bodies that its guests sent to other hosts and got from them, since the host started. */
  get egress(): Egress {
    return this.#pool.egress;
  }

  /** CPU milliseconds that its guests have used since the host started. */
  get cpuMs(): number {
    return this.#pool.cpuMs;
  }

  /** Whether host calls of the guest go into its log. */
  get traced(): boolean {
    return this.#trace;
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
        requestPrefix: host.requestPrefix,
        grants: record.grants,
        config: record.env,
        secrets: host.secrets(),
        place: host.place,
        limits: deployment.limits,
        facts: {
          ...host.facts,
          id: record.id,
          name: record.name,
          version: deployment.manifest.version,
          clientId: record.clientId,
          basePath: deployment.address,
        },
        trace: this.#trace,
        ...(host.fakes ? { fakes: host.fakes } : {}),
      },
      planPermissions(record.grants, host.place),
      {
        log: (line) => this.#log(line),
        denied: (denial) => this.#denied(denial),
        failed: (requestId, failure) => this.#failed(requestId, failure),
        freed: () => this.#pool.freed(),
        answered: (tookMs) => this.counters.latency.observe(tookMs),
        problem: (error, requestId) => this.#problem(error, requestId),
        carryOut: (call) => host.carryOut(this, call),
        fault: (error) => void host.problem(asBerthError(error), ""), // which tells the operator
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

  #denied({ capability, attempt, manifestLine, requestId, count }: Denial): void {
    if (!CAPABILITY_NAMES.includes(capability) || !(Number.isSafeInteger(count) && count > 0)) {
      throw new RangeError("a worker was denied what does not exist");
    }
    this.counters.denials[capability] = (this.counters.denials[capability] ?? 0) + count;
    const key = `${capability} ${manifestLine}`;
    const known = this.#denials.get(key);
    const now = performance.now();
    if (known) {
      known.count += count;
      known.lastMs = Date.now();
      if (now - known.loggedAtMs < DENIAL_LOG_EVERY_MS) {
        known.silent += count;
        return;
      }
    }
    if (this.#denials.size > 1000) this.#denials.clear(); // keys come from the guest
    this.#denials.set(key, {
      capability,
      attempt: attempt.slice(0, ATTEMPT_MAX_LENGTH),
      manifestLine: manifestLine.slice(0, ATTEMPT_MAX_LENGTH),
      count: known?.count ?? count,
      lastMs: Date.now(),
      loggedAtMs: now,
      silent: 0,
    });
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
      message: `the request failed (${code}): ${failureText(code, message)}`,
      fields: { code, ...(stack ? { backtrace: guestFrames(code, message, stack) } : {}) },
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
