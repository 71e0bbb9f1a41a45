/** The worker's half of `http`: outbound requests within the allow list. */
import type { OpenContext } from "../capability.ts";
import { CapabilityError } from "../error.ts";
import type { CapabilityLimits } from "../limits.ts";
import { telemetryIsOn } from "../trace.ts";
import { type AllowPattern, patternsOf } from "./allow.ts";
import { Connections, loadNode, type Lookup } from "./connect.ts";
import { aborted, checkAllowed, Exchange, type ExchangeContext, firstHop } from "./exchange.ts";
import type { EgressRequest, EgressResponse, EgressUsage, Http, HttpGrant } from "./http.ts";

/** How long a connection is kept without a request; servers close theirs after 5 s and more. */
const IDLE_MAX_MS = 15_000;

/** What only tests give. */
export interface OpenHttpOptions {
  /** Resolves names in place of the system's resolver. */
  readonly lookup?: Lookup;
}

/**
 * Opens outbound HTTP. Node's client starts to load at once, and the first request waits for it.
 *
 * @throws {AllowPatternError} never for a grant that the schema has seen
 */
export function openHttp(grant: HttpGrant, context: OpenContext, options: OpenHttpOptions = {}): Http {
  return new HttpClient(grant, context, options);
}

class HttpClient implements Http {
  readonly #limits: CapabilityLimits;
  readonly #patterns: readonly AllowPattern[];
  readonly #ready: Promise<ExchangeContext>;
  readonly #running = new Set<Exchange>();
  #connections: Connections | null = null;
  #closed = false;
  #requests = 0;
  #denied = 0;
  #sentBytes = 0;
  #receivedBytes = 0;
  readonly #transferred: (sentBytes: number, receivedBytes: number) => void;

  constructor(grant: HttpGrant, context: OpenContext, options: OpenHttpOptions) {
    this.#limits = context.limits;
    this.#transferred = (sentBytes, receivedBytes) => {
      this.#sentBytes += sentBytes;
      this.#receivedBytes += receivedBytes;
      context.transferred?.(sentBytes, receivedBytes);
    };
    this.#patterns = patternsOf(grant.allow, context.place.selfOrigin);
    this.#ready = this.#load(grant, options);
    // A failure to load is shown by every request; alone it must not end the worker.
    this.#ready.catch(() => {});
  }

  get usage(): EgressUsage {
    return {
      requests: this.#requests,
      denied: this.#denied,
      sentBytes: this.#sentBytes,
      receivedBytes: this.#receivedBytes,
      open: this.#running.size,
    };
  }

  async fetch(request: EgressRequest): Promise<EgressResponse> {
    try {
      return await this.#fetch(request);
    } catch (error) {
      if (error instanceof CapabilityError && error.code === "denied") this.#denied++;
      throw error;
    }
  }

  close(): void {
    this.#closed = true;
    for (const exchange of this.#running) exchange.fail(closed());
    this.#connections?.close();
  }

  async #fetch(request: EgressRequest): Promise<EgressResponse> {
    const hop = firstHop(request, this.#limits);
    checkAllowed(hop.target, this.#patterns);
    const timeoutMs = this.#timeoutMs(request.timeoutMs);
    this.#requests++;
    this.#checkRoom(request.signal);
    const context = await this.#ready;
    this.#checkRoom(request.signal);
    const exchange: Exchange = new Exchange(
      context,
      request.signal,
      timeoutMs,
      () => this.#running.delete(exchange),
    );
    this.#running.add(exchange);
    return await exchange.run(hop, request.redirects ?? "follow");
  }

  /** Before the wait for Node's client and after it: others may have come meanwhile. */
  #checkRoom(signal: AbortSignal): void {
    if (this.#closed) throw closed();
    if (signal.aborted) throw aborted();
    if (this.#running.size >= this.#limits.egressConcurrencyMaxCount) {
      throw new CapabilityError("busy", `${this.#running.size} outbound requests are under way already`);
    }
  }

  async #load(grant: HttpGrant, options: OpenHttpOptions): Promise<ExchangeContext> {
    const node = await loadNode();
    this.#connections = new Connections(node, {
      patterns: this.#patterns,
      authorities: grant.authorities,
      maxCount: this.#limits.egressConcurrencyMaxCount,
      idleMaxMs: IDLE_MAX_MS,
      ...(options.lookup ? { lookup: options.lookup } : {}),
    });
    if (this.#closed) this.#connections.close();
    return {
      node,
      connections: this.#connections,
      patterns: this.#patterns,
      limits: this.#limits,
      traced: telemetryIsOn(),
      sent: (bytes) => this.#transferred(bytes, 0),
      received: (bytes) => this.#transferred(0, bytes),
    };
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
