/**
 * Spans and metrics through Deno's own OpenTelemetry, which `OTEL_DENO=true` turns on and which sends them away by
 * itself. A request to a service is a span; its `traceparent` is what the guest sees, so that what it calls is below it.
 */
import {
  contextOf,
  SPAN_KEY,
  type SpanContext,
  telemetryIsOn,
  type TraceContext,
  traceparentOf,
} from "../capabilities/trace.ts";
import type { BerthError } from "./error.ts";
import { errorSpec } from "./errors.ts";
import type { Service } from "./service.ts";

interface Span {
  spanContext(): SpanContext;
  setAttribute(name: string, value: string | number): void;
  setStatus(status: { readonly code: number; readonly message?: string }): void;
  end(): void;
}

interface Tracer {
  startSpan(
    name: string,
    options: { readonly kind: number; readonly attributes: Attributes },
    context: TraceContext,
  ): Span;
}

type Attributes = Readonly<Record<string, string | number>>;

interface Observed {
  observe(value: number, attributes: Attributes): void;
}

interface Observable {
  addCallback(callback: (result: Observed) => void): void;
}

interface Meter {
  createHistogram(name: string, options: object): { record(value: number, attributes: Attributes): void };
  createObservableCounter(name: string, options: object): Observable;
  createObservableGauge(name: string, options: object): Observable;
}

const KIND = { INTERNAL: 0, SERVER: 1 } as const;
const STATUS_ERROR = 2;

/** Where a request came from: a client, whose span Deno's server may have begun, or another service. */
export type TraceOrigin = "client" | "service";

/** What is told of requests; a host has one where telemetry is on, else `null`. */
export class Telemetry {
  readonly #duration: { record(value: number, attributes: Attributes): void };

  private constructor(
    private readonly tracer: Tracer,
    meter: Meter,
    private readonly active: () => TraceContext,
    services: () => readonly Service[],
  ) {
    this.#duration = meter.createHistogram("berth.request.duration", {
      unit: "s",
      description: "From a request's arrival to the head of its answer.",
    });
    observeServices(meter, services);
  }

  /** `null` when Deno was not told to collect anything. */
  static open(version: string, services: () => readonly Service[]): Telemetry | null {
    const { tracerProvider, meterProvider, contextManager } = Deno.telemetry; // untyped: checked by its test
    if (!telemetryIsOn()) return null;
    return new Telemetry(
      tracerProvider.getTracer("berth", version),
      meterProvider.getMeter("berth", version),
      () => contextManager.active(),
      services,
    );
  }

  /** Makes a span of a request to a service; `run` gets the request with the span's `traceparent`. */
  async around<T extends Response | BerthError>(
    request: Request,
    service: Service,
    origin: TraceOrigin,
    requestId: string,
    run: (request: Request) => Promise<T>,
  ): Promise<T> {
    const startedMs = performance.now();
    const { record: { id, name }, address } = service.deployment;
    const attributes = { "berth.service": id, "http.request.method": request.method, "http.route": address };
    const context = this.#parentOf(request, origin);
    const kind = origin === "client" && context.getValue(SPAN_KEY) === undefined
      ? KIND.SERVER
      : KIND.INTERNAL;
    const span = this.tracer.startSpan(`${request.method} ${name}`, {
      kind,
      attributes: { ...attributes, "berth.request.id": requestId },
    }, context);
    const answer = await run(withParent(request, span.spanContext()));
    const status = answer instanceof Response ? answer.status : errorSpec(answer.code).status;
    span.setAttribute("http.response.status_code", status);
    if (status >= 500) span.setStatus({ code: STATUS_ERROR });
    span.end();
    this.#duration.record((performance.now() - startedMs) / 1000, {
      ...attributes,
      "http.response.status_code": status,
    });
    return answer;
  }

  /** The span that Deno's server began for a client's request; else what the request says itself. */
  #parentOf(request: Request, origin: TraceOrigin): TraceContext {
    const active = this.active();
    if (origin === "client" && active.getValue(SPAN_KEY) !== undefined) return active;
    return contextOf(request.headers.get("traceparent"), active);
  }
}

function withParent(request: Request, span: SpanContext): Request {
  const headers = new Headers(request.headers);
  headers.set("traceparent", traceparentOf(span));
  return new Request(request, { headers });
}

/** What services used, asked when the figures are sent away. */
function observeServices(meter: Meter, services: () => readonly Service[]): void {
  const figures: readonly (readonly [name: string, unit: string, of: (service: Service) => number])[] = [
    ["berth.service.cpu", "s", ({ cpuMs }) => cpuMs / 1000],
    ["berth.service.errors", "{request}", ({ counters }) => counters.errors],
    ["berth.service.egress.sent", "By", ({ egress }) => egress.sentBytes],
    ["berth.service.egress.received", "By", ({ egress }) => egress.receivedBytes],
    [
      "berth.service.denials",
      "{attempt}",
      ({ counters }) => Object.values(counters.denials).reduce((sum, count) => sum + count, 0),
    ],
  ];
  const each = (of: (service: Service) => number) => (result: Observed) => {
    for (const service of services()) {
      result.observe(of(service), { "berth.service": service.deployment.record.id });
    }
  };
  for (const [name, unit, of] of figures) {
    meter.createObservableCounter(name, { unit }).addCallback(each(of));
  }
  meter.createObservableGauge("berth.service.requests.open", { unit: "{request}" })
    .addCallback(each(({ load }) => load.open));
  meter.createObservableGauge("berth.service.workers", { unit: "{worker}" })
    .addCallback(each(({ load }) => load.workers));
}
