/** The worker's half of `http`: outbound requests within the allow list. */
import type { CancelSignal } from "../cancel.ts";
import type { OpenContext } from "../capability.ts";
import { CapabilityError } from "../error.ts";
import type { CapabilityLimits } from "../limits.ts";
import { telemetryIsOn } from "../trace.ts";
import { type AllowPattern, patternsOf } from "./allow.ts";
import { Connector, type Lookup } from "./connect.ts";
import { Deadlines } from "./deadlines.ts";
import { aborted, checkAllowed, Exchange, type ExchangeContext, firstHop } from "./exchange.ts";
import type { EgressRequest, EgressResponse, EgressUsage, Http, HttpGrant } from "./http.ts";
import { Pool } from "./pool.ts";

/** How long a connection is kept without a request; servers close theirs after 5 s and more. */
const IDLE_MAX_MS = 15_000;
/** Making a connection, and its encryption: each. */
const CONNECT_MAX_MS = 15_000;

/** What only tests give. */
export interface OpenHttpOptions {
  /** Resolves names in place of the system's resolver. */
  readonly lookup?: Lookup;
}

/**
 * Opens outbound HTTP. Nothing is loaded or connected to before the first request.
 *
 * @throws {AllowPatternError} never for a grant that the schema has seen
 */
export function openHttp(grant: HttpGrant, context: OpenContext, options: OpenHttpOptions = {}): Http {
  return new HttpClient(grant, context, options);
}

class HttpClient implements Http {
  readonly #limits: CapabilityLimits;
  readonly #patterns: readonly AllowPattern[];
  readonly #running = new Deadlines<Exchange>();
  readonly #connector: Connector;
  readonly #context: ExchangeContext;
  #closed = false;
  #requests = 0;
  #denied = 0;
  #sentBytes = 0;
  #receivedBytes = 0;

  constructor(grant: HttpGrant, context: OpenContext, options: OpenHttpOptions) {
    this.#limits = context.limits;
    this.#patterns = patternsOf(grant.allow, context.place.selfOrigin);
    const maxCount = context.limits.egressConcurrencyMaxCount;
    this.#connector = new Connector({
      patterns: this.#patterns,
      authorities: grant.authorities,
      connectMaxMs: CONNECT_MAX_MS,
      ...(options.lookup ? { lookup: options.lookup } : {}),
    });
    const transferred = (sentBytes: number, receivedBytes: number) => {
      this.#sentBytes += sentBytes;
      this.#receivedBytes += receivedBytes;
      context.transferred?.(sentBytes, receivedBytes);
    };
    this.#context = {
      pool: new Pool({
        connect: (target) => this.#connector.connect(target),
        maxCount,
        idleMaxMs: IDLE_MAX_MS,
      }),
      running: this.#running,
      patterns: this.#patterns,
      limits: context.limits,
      traced: telemetryIsOn(),
      sent: (bytes) => transferred(bytes, 0),
      received: (bytes) => transferred(0, bytes),
    };
  }

  get usage(): EgressUsage {
    return {
      requests: this.#requests,
      denied: this.#denied,
      sentBytes: this.#sentBytes,
      receivedBytes: this.#receivedBytes,
      open: this.#running.watched.size,
    };
  }

  async fetch(request: EgressRequest): Promise<EgressResponse> {
    try {
      const hop = firstHop(request, this.#limits);
      checkAllowed(hop.target, this.#patterns);
      const timeoutMs = this.#timeoutMs(request.timeoutMs);
      this.#requests++;
      this.#checkRoom(request.signal);
      const exchange = new Exchange(this.#context, request.signal, timeoutMs);
      return await exchange.run(hop, request.redirects ?? "follow");
    } catch (error) {
      if (error instanceof CapabilityError && error.code === "denied") this.#denied++;
      throw error;
    }
  }

  close(): void {
    this.#closed = true;
    for (const exchange of this.#running.watched) exchange.fail(closed());
    this.#running.close();
    this.#connector.close();
    this.#context.pool.close();
  }

  #checkRoom(signal: CancelSignal): void {
    if (this.#closed) throw closed();
    if (signal.aborted) throw aborted();
    if (this.#running.watched.size >= this.#limits.egressConcurrencyMaxCount) {
      throw new CapabilityError(
        "busy",
        `${this.#running.watched.size} outbound requests are under way already`,
      );
    }
  }

  #timeoutMs(asked: number | undefined): number {
    if (asked === undefined) return this.#limits.egressMaxMs;
    if (!(asked > 0)) {
      throw new CapabilityError("invalid", "the time-out must be a positive number of milliseconds");
    }
    return Math.min(asked, this.#limits.egressMaxMs);
  }
}

function closed(): CapabilityError {
  return new CapabilityError("closed", "the service is stopping");
}
