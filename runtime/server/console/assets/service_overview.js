/** A service's figures and charts, and what it was refused. */
import { lineChart } from "./chart.js";
import { fill, h } from "./dom.js";
import { ago, bytes, duration, figure, percent, rate } from "./format.js";
import { KEPT_COUNT, quantile } from "./live.js";
import { tile } from "./parts.js";
/** @import { Tile } from "./parts.js" */
/** @import { Chart } from "./chart.js" */
/** @import { Live } from "./live.js" */
/** @import { ServiceDetails, Sample } from "../types.ts" */

const EVERY_MS = 2_000;

/**
 * @param {ServiceDetails} first
 * @param {Live} live
 * @returns {import("./page_service.js").Tab}
 */
export function overviewTab(first, live) {
  const tiles = {
    requests: tile("Requests"),
    errors: tile("Errors"),
    latency: tile("Latency p50 / p99", "Since the service started on this host"),
    cpu: tile("CPU a request", "Computing time, waiting excluded"),
    load: tile("In flight"),
    workers: tile("Workers"),
    egress: tile("Sent / received", "Bodies to and from other hosts, since the service started here"),
    webSockets: tile("WebSockets", "Connections that are open"),
  };
  const charts = {
    requests: lineChart("Requests a second", rate, KEPT_COUNT, EVERY_MS),
    latency: lineChart("Latency", duration, KEPT_COUNT, EVERY_MS),
    cpu: lineChart("CPU, of one core", percent, KEPT_COUNT, EVERY_MS),
    load: lineChart("Requests in flight", figure, KEPT_COUNT, EVERY_MS),
  };
  const denials = h("div");
  const errors = h("div");
  const element = h(
    "div",
    null,
    h("dl", { class: "tiles" }, Object.values(tiles).map((one) => one.element)),
    h(
      "div",
      { class: "charts" },
      Object.values(charts).map((one) => h("div", { class: "panel" }, one.element)),
    ),
    h(
      "div",
      { class: "two" },
      h(
        "section",
        { class: "panel", "aria-labelledby": "denials" },
        h("h2", { id: "denials" }, "Denied"),
        denials,
      ),
      h(
        "div",
        { class: "stack" },
        h(
          "section",
          { class: "panel", "aria-labelledby": "errors" },
          h("h2", { id: "errors" }, "Failed requests"),
          errors,
        ),
        facts(first),
      ),
    ),
  );
  /** Redrawn only when it changed, so that a selection lives. */
  let shown = "";
  return {
    element,
    update(details) {
      figures(tiles, details);
      drawCharts(charts, live.samples(details.id));
      const now = JSON.stringify([details.recentDenials, details.counters.errorCodes]);
      if (now === shown) return;
      shown = now;
      fill(denials, denialList(details));
      fill(errors, errorList(details));
    },
  };
}

/** @param {Record<"requests" | "errors" | "latency" | "cpu" | "load" | "workers" | "egress" | "webSockets", Tile>} tiles @param {ServiceDetails} details */
function figures(tiles, { counters, load }) {
  const { latency } = counters;
  const p50 = quantile(latency, latency.counts, 0.5), p99 = quantile(latency, latency.counts, 0.99);
  tiles.requests.update(figure(counters.requests));
  tiles.errors.update(figure(counters.errors), counters.errors > 0 ? "bad" : "");
  tiles.latency.update(p50 === null || p99 === null ? "–" : `${duration(p50)} / ${duration(p99)}`);
  tiles.cpu.update(counters.requests === 0 ? "–" : duration(counters.cpuMs / counters.requests));
  tiles.load.update(load.waiting > 0 ? `${load.open} + ${load.waiting} waiting` : String(load.open));
  tiles.workers.update(String(load.workers));
  tiles.egress.update(`${bytes(counters.egress.sentBytes)} / ${bytes(counters.egress.receivedBytes)}`);
  tiles.webSockets.update(String(load.webSockets));
}

/**
 * @param {Record<"requests" | "latency" | "cpu" | "load", Chart>} charts
 * @param {readonly Sample[]} samples
 */
function drawCharts(charts, samples) {
  const of = (/** @type {Exclude<keyof Sample, "atMs">} */ key) => samples.map((sample) => sample[key]);
  charts.requests.update([
    { label: "requests", tone: "a", values: of("requestsPerSecond") },
    { label: "errors", tone: "bad", values: of("errorsPerSecond") },
  ]);
  charts.latency.update([
    { label: "p50", tone: "a", values: of("p50Ms") },
    { label: "p95", tone: "b", values: of("p95Ms") },
    { label: "p99", tone: "c", values: of("p99Ms") },
  ]);
  charts.cpu.update([{ label: "cpu", tone: "a", values: of("cpuShare") }]);
  charts.load.update([
    { label: "open", tone: "a", values: of("open") },
    { label: "waiting", tone: "c", values: of("waiting") },
  ]);
}

/** What was refused, each with the line that would allow it. @param {ServiceDetails} details */
function denialList({ recentDenials }) {
  if (recentDenials.length === 0) {
    return h("p", { class: "faint" }, "Nothing was denied since the service started here.");
  }
  return h(
    "ul",
    { class: "denials" },
    recentDenials.map(({ capability, attempt, manifestLine, count, lastMs }) =>
      h(
        "li",
        null,
        h("p", null, h("strong", null, capability), ` ${attempt}`),
        h(
          "p",
          { class: "faint" },
          `${figure(count)} ${count === 1 ? "time" : "times"}, last ${
            ago(lastMs)
          }. This line of berth.json would allow it:`,
        ),
        h("pre", null, h("code", null, manifestLine)),
      )
    ),
  );
}

/** @param {ServiceDetails} details */
function errorList({ counters }) {
  const rows = Object.entries(counters.errorCodes).sort((a, b) => b[1] - a[1]);
  if (rows.length === 0) {
    return h("p", { class: "faint" }, "No request failed since the service started here.");
  }
  return h(
    "dl",
    { class: "pairs" },
    rows.map(([code, count]) =>
      h("div", null, h("dt", null, h("code", null, code)), h("dd", null, figure(count)))
    ),
  );
}

/** @param {ServiceDetails} details */
function facts({ image, createdMs, updatedMs, memory, env, clientId }) {
  const at = (/** @type {number} */ ms) =>
    h("time", { datetime: new Date(ms).toISOString(), title: new Date(ms).toLocaleString() }, ago(ms));
  const rows = /** @type {[string, import("./dom.js").Child][]} */ ([
    ["Client", clientId],
    ["Image", h("code", { title: image }, image.replace(/^sha256:/, "").slice(0, 16))],
    ["First deployed", at(createdMs)],
    ["This version", at(updatedMs)],
    ["State of a request", memory === "fresh" ? "a clean instance each" : "memory lives on between requests"],
    ["Configuration", env.length === 0 ? "none" : env.join(", ")],
  ]);
  return h(
    "section",
    { class: "panel", "aria-labelledby": "facts" },
    h("h2", { id: "facts" }, "Deployment"),
    h(
      "dl",
      { class: "pairs" },
      rows.map(([name, value]) => h("div", null, h("dt", null, name), h("dd", null, value))),
    ),
  );
}
