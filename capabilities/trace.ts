/**
 * Trace context between requests and Deno's own OpenTelemetry: a span that somebody else began, as W3C's header
 * `traceparent` names it, made the present one. https://www.w3.org/TR/trace-context/
 */

/** OpenTelemetry's `SpanContext`, as far as it is used. */
export interface SpanContext {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
  /** 1 when it is recorded. */
  readonly traceFlags: number;
}

/** OpenTelemetry's `Context`, as far as it is used. */
export interface TraceContext {
  /** What was set. */
  getValue(key: symbol): unknown;
  /** Another context, with it. */
  setValue(key: symbol, value: unknown): TraceContext;
}

/** The key under which a context has its span; OpenTelemetry's packages and Deno use the same. */
export const SPAN_KEY = Symbol.for("OpenTelemetry Context Key SPAN");

const TRACEPARENT = /^[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/;

/** The context whose span is the one that a `traceparent` names; as it was when it names none. */
export function contextOf(traceparent: string | null, context: TraceContext): TraceContext {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(traceparent ?? "") ?? [];
  if (traceId === undefined || spanId === undefined) return context;
  const span: SpanContext = { traceId, spanId, traceFlags: Number.parseInt(flags ?? "0", 16) };
  return context.setValue(SPAN_KEY, { spanContext: () => span });
}

/** A `traceparent` that names a span. */
export function traceparentOf({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, "0")}`;
}

/** Whether Deno was told to collect telemetry. */
export function telemetryIsOn(): boolean {
  try {
    // Deno says that it is off by throwing; a span that never ends is never sent.
    Deno.telemetry.tracerProvider.getTracer("berth").startSpan("probe");
    return true;
  } catch {
    return false;
  }
}

/** A span of a call to another host. */
export interface CallSpan {
  /** What the other host is told. */
  readonly traceparent: string;
  /** Ends it, once; `null` when no answer came. */
  end(status: number | null): void;
}

/** OpenTelemetry's `Span`, as far as it is used. */
interface Span {
  spanContext(): SpanContext;
  setAttribute(key: string, value: string | number): void;
  setStatus(status: { readonly code: number }): void;
  end(): void;
}

const KIND_CLIENT = 2;
const STATUS_ERROR = 2;

/**
 * Begins a span of a call below the span that a `traceparent` names. Only where telemetry is on.
 * https://opentelemetry.io/docs/specs/semconv/http/http-spans/
 */
export function beginCall(method: string, url: string, traceparent: string | null): CallSpan {
  const { contextManager, tracerProvider } = Deno.telemetry; // untyped in Deno's declarations
  const attributes = { "http.request.method": method, "url.full": url };
  const context = contextOf(traceparent, contextManager.active());
  const span: Span = tracerProvider.getTracer("berth")
    .startSpan(method, { kind: KIND_CLIENT, attributes }, context);
  let ended = false;
  return {
    traceparent: traceparentOf(span.spanContext()),
    end(status) {
      if (ended) return;
      ended = true;
      if (status !== null) span.setAttribute("http.response.status_code", status);
      if (status === null || status >= 400) span.setStatus({ code: STATUS_ERROR });
      span.end();
    },
  };
}
