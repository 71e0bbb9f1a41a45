/** Metrics in the text format of Prometheus, and whether the host takes requests. */
import { Hono } from "hono";
import type { Host } from "../host.ts";
import type { Service } from "../service.ts";
import { VERSION } from "../version.ts";
import type { ServerEnv } from "./access.ts";
import { openRead } from "./open_read.ts";

/** Text exposition format, https://prometheus.io/docs/instrumenting/exposition_formats/ */
export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

const STATES = ["asleep", "starting", "running", "failing", "stopped"] as const;

/** The routes: `/metrics` and `/readyz`. */
export function metricsRoutes(host: Host): Hono<ServerEnv> {
  const app = new Hono<ServerEnv>();
  app.get("/readyz", (c) => {
    const readiness = host.readiness();
    return c.json(readiness, readiness.ready ? 200 : 503);
  });
  app.get("/metrics", openRead(host), async (c) => {
    const text = await metricsText(host, host.visibleServices(c.get("caller")));
    return c.body(text, 200, { "content-type": METRICS_TYPE, "cache-control": "no-store" });
  });
  return app;
}

/** The metrics of a host and of some of its services. */
export async function metricsText(host: Host, services: readonly Service[]): Promise<string> {
  const text = new MetricsText();
  hostMetrics(text, host, services);
  for (const service of services) serviceMetrics(text, host, service);
  // What must be asked of the disk, at once for all.
  const uses = await Promise.all(services.map((service) => service.use()));
  services.forEach((service, index) => {
    const bytes = uses[index]?.storageMaxBytes;
    if (bytes !== undefined) text.add("berth_service_storage_bytes", labelsOf(service), bytes);
    const files = uses[index]?.privateFilesMaxBytes;
    if (files !== undefined) text.add("berth_service_private_files_bytes", labelsOf(service), files);
  });
  return text.toString();
}

function hostMetrics(text: MetricsText, host: Host, services: readonly Service[]): void {
  const { rss, heapUsed } = Deno.memoryUsage();
  text.add("berth_info", { version: VERSION, deno: Deno.version.deno }, 1);
  text.add("berth_uptime_seconds", {}, host.upMs / 1000);
  text.add("berth_ready", {}, host.readiness().ready ? 1 : 0);
  text.add("process_resident_memory_bytes", {}, rss);
  text.add("berth_heap_used_bytes", {}, heapUsed);
  for (const state of STATES) {
    text.add("berth_services", { state }, services.filter((service) => service.state === state).length);
  }
}

function labelsOf({ deployment: { record } }: Service): Readonly<Record<string, string>> {
  return { service: record.id };
}

function serviceMetrics(text: MetricsText, host: Host, service: Service): void {
  const { counters, load, deployment: { record, manifest } } = service;
  const labels = labelsOf(service);
  text.add("berth_service_info", {
    ...labels,
    name: record.name,
    client: record.clientId,
    version: manifest.version,
    image: record.imageDigest,
  }, 1);
  for (const state of STATES) {
    text.add("berth_service_state", { ...labels, state }, service.state === state ? 1 : 0);
  }
  text.add("berth_service_requests_total", labels, counters.requests);
  for (const [code, count] of Object.entries(counters.errorCodes)) {
    text.add("berth_service_errors_total", { ...labels, code }, count);
  }
  for (const [capability, count] of Object.entries(counters.denials)) {
    text.add("berth_service_denials_total", { ...labels, capability }, count);
  }
  text.add("berth_service_cpu_seconds_total", labels, service.cpuMs / 1000);
  text.add("berth_service_requests_open", labels, load.open);
  text.add("berth_service_requests_waiting", labels, load.waiting);
  text.add("berth_service_workers", labels, load.workers);
  text.add("berth_service_memory_peak_bytes", labels, service.memoryPeakBytes);
  text.add("berth_service_egress_sent_bytes_total", labels, service.egress.sentBytes);
  text.add("berth_service_egress_received_bytes_total", labels, service.egress.receivedBytes);
  text.add("berth_service_websocket_connections", labels, host.sockets.count(record.id));
  const messages = host.sockets.messages(record.id);
  for (const direction of ["received", "sent"] as const) {
    text.add("berth_service_websocket_messages_total", { ...labels, direction }, messages[direction]);
  }
  latencyMetrics(text, service);
}

function latencyMetrics(text: MetricsText, service: Service): void {
  const labels = labelsOf(service);
  const { boundsMs, counts, sumMs } = service.counters.latency.toJSON();
  const name = "berth_service_request_duration_seconds";
  let below = 0;
  counts.forEach((count, bucket) => {
    below += count;
    const bound = boundsMs[bucket];
    text.add(name, { ...labels, le: bound === undefined ? "+Inf" : String(bound / 1000) }, below, "_bucket");
  });
  text.add(name, labels, sumMs / 1000, "_sum");
  text.add(name, labels, below, "_count");
}

/** Every metric: its type and what it tells. */
const METRICS = {
  berth_info: ["gauge", "Versions; always 1."],
  berth_uptime_seconds: ["gauge", "Since the host was opened."],
  berth_ready: ["gauge", "1 while the host takes requests."],
  process_resident_memory_bytes: ["gauge", "Memory of the host's process, its workers included."],
  berth_heap_used_bytes: ["gauge", "JavaScript heap in use on the main thread."],
  berth_services: ["gauge", "Services by state."],
  berth_service_info: ["gauge", "What the service is; always 1."],
  berth_service_state: ["gauge", "1 for the state that the service is in."],
  berth_service_requests_total: ["counter", "Requests since this version was started on this host."],
  berth_service_errors_total: ["counter", "Requests that failed in the host or the guest, by error code."],
  berth_service_denials_total: ["counter", "Attempts that were refused, by capability."],
  berth_service_cpu_seconds_total: ["counter", "Computing time of the guest, waiting excluded."],
  berth_service_requests_open: ["gauge", "Requests in its workers."],
  berth_service_requests_waiting: ["gauge", "Requests that wait for a place."],
  berth_service_workers: ["gauge", "Workers that run."],
  berth_service_memory_peak_bytes: ["gauge", "The largest linear memory that one instance had."],
  berth_service_storage_bytes: ["gauge", "Size of its database."],
  berth_service_private_files_bytes: ["gauge", "Size of the files in its private folder."],
  berth_service_egress_sent_bytes_total: ["counter", "Bytes of bodies sent to other hosts."],
  berth_service_egress_received_bytes_total: ["counter", "Bytes of bodies received from other hosts."],
  berth_service_websocket_connections: ["gauge", "WebSocket connections that are open."],
  berth_service_websocket_messages_total: ["counter", "WebSocket messages; one to many counts for each."],
  berth_service_request_duration_seconds: ["histogram", "From arrival to the head of the answer."],
} as const satisfies Readonly<Record<string, readonly ["gauge" | "counter" | "histogram", string]>>;

/** The name of a metric. */
export type MetricName = keyof typeof METRICS;

/** Collects samples; those of one metric stand together, as the format wants it. */
class MetricsText {
  readonly #lines = new Map<MetricName, string[]>();

  add(name: MetricName, labels: Readonly<Record<string, string>>, value: number, suffix = ""): void {
    const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escapeLabel(text)}"`).join(",");
    const lines = this.#lines.get(name) ?? [];
    lines.push(`${name}${suffix}${pairs === "" ? "" : `{${pairs}}`} ${value}`);
    this.#lines.set(name, lines);
  }

  toString(): string {
    return [...this.#lines].map(([name, lines]) => {
      const [type, help] = METRICS[name];
      return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("\n")}\n`;
    }).join("");
  }
}

/** Names come from manifests and clients; a quote or a line break in one must not make a line of its own. */
function escapeLabel(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
