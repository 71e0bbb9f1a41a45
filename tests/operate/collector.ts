/** A collector of OpenTelemetry's OTLP over HTTP, with JSON bodies: keeps what comes. */

/** A span, as far as tests look at it. */
export interface CollectedSpan {
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly error: boolean;
  /** Of the scope that made it: `berth`, `deno`. */
  readonly scope: string;
  /** The resource's `service.name`. */
  readonly service: string;
}

/** A figure at one moment. */
export interface CollectedPoint {
  readonly metric: string;
  readonly attributes: Readonly<Record<string, string | number>>;
  /** The value, or the count of a histogram. */
  readonly value: number;
}

/** What has come. */
export interface Collector extends AsyncDisposable {
  readonly origin: string;
  readonly spans: readonly CollectedSpan[];
  readonly points: readonly CollectedPoint[];
  /** The settings that send a Deno process's telemetry here, soon. */
  readonly env: Record<string, string>;
}

interface KeyValue {
  readonly key: string;
  readonly value: {
    readonly stringValue?: string;
    readonly intValue?: string | number;
    readonly doubleValue?: number;
  };
}

const flat = (pairs: readonly KeyValue[] = []) =>
  Object.fromEntries(
    pairs.map(({ key, value }) => [key, value.stringValue ?? Number(value.intValue ?? value.doubleValue)]),
  );

/** Listens on loopback. */
export function openCollector(): Collector {
  const spans: CollectedSpan[] = [];
  const points: CollectedPoint[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const { pathname } = new URL(request.url);
    const body = await request.json();
    if (pathname === "/v1/traces") spans.push(...readSpans(body));
    if (pathname === "/v1/metrics") points.push(...readPoints(body));
    return Response.json({});
  });
  const origin = `http://127.0.0.1:${server.addr.port}`;
  return {
    origin,
    spans,
    points,
    env: {
      OTEL_DENO: "true",
      OTEL_SERVICE_NAME: "berth",
      OTEL_EXPORTER_OTLP_ENDPOINT: origin,
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_BSP_SCHEDULE_DELAY: "100",
      OTEL_METRIC_EXPORT_INTERVAL: "250",
      OTEL_DENO_CONSOLE: "ignore",
    },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

// deno-lint-ignore no-explicit-any -- a tree of another program's making; what is read of it is checked by the tests
type Tree = any;

function readSpans({ resourceSpans = [] }: Tree): CollectedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }: Tree) =>
    scopeSpans.flatMap(({ scope, spans }: Tree) =>
      spans.map((span: Tree) => ({
        name: span.name,
        kind: span.kind,
        traceId: span.traceId,
        spanId: span.spanId,
        parentSpanId: span.parentSpanId ?? "",
        attributes: flat(span.attributes),
        error: span.status?.code === 2,
        scope: scope.name,
        service: String(flat(resource.attributes)["service.name"]),
      }))
    )
  );
}

function readPoints({ resourceMetrics = [] }: Tree): CollectedPoint[] {
  return resourceMetrics.flatMap(({ scopeMetrics }: Tree) =>
    scopeMetrics.flatMap(({ metrics }: Tree) =>
      metrics.flatMap(({ name, sum, gauge, histogram }: Tree) =>
        ((sum ?? gauge ?? histogram)?.dataPoints ?? []).map((point: Tree) => ({
          metric: name,
          attributes: flat(point.attributes),
          value: Number(point.count ?? point.asInt ?? point.asDouble),
        }))
      )
    )
  );
}
