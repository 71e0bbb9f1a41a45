/** What the host does now: read every two seconds while the page is looked at, and kept for some minutes. */
import { ApiError, call, currentKey } from "./api.js";
/** @import { Approval, HostDescription, Latency, Sample, ServiceSummary } from "../types.ts" */

const EVERY_MS = 2_000;
/** Five minutes of samples. */
export const KEPT_COUNT = 150;

/** A service as it was last seen, and its samples. */
class Track {
  /** @type {Sample[]} */
  samples = [];
  /** @param {ServiceSummary} service @param {number} atMs */
  constructor(service, atMs) {
    this.last = service;
    this.atMs = atMs;
  }
}

/** The live state; fires `change` after each reading. */
export class Live extends EventTarget {
  /** @type {ServiceSummary[]} */
  services = [];
  /** @type {Approval[]} */
  approvals = [];
  /** @type {HostDescription | null} */
  host = null;
  /** @type {{ atMs: number, rss: number, heap: number }[]} */
  memory = [];
  /** Why the last reading failed; `null` when it did not. @type {Error | null} */
  trouble = null;
  loaded = false;
  /** @type {Map<string, Track>} */
  #tracks = new Map();
  #timer = 0;
  #running = false;

  constructor() {
    super();
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden && this.#running) this.refresh();
    });
  }

  /** Begins reading. */
  start() {
    if (this.#running) return;
    this.#running = true;
    this.refresh();
  }

  /** Ends reading and forgets everything. */
  stop() {
    this.#running = false;
    clearTimeout(this.#timer);
    this.services = [];
    this.approvals = [];
    this.host = null;
    this.memory = [];
    this.loaded = false;
    this.#tracks.clear();
  }

  /** Samples of a service, oldest first. @param {string} id @returns {readonly Sample[]} */
  samples(id) {
    return this.#tracks.get(id)?.samples ?? [];
  }

  /** Reads now. */
  async refresh() {
    clearTimeout(this.#timer);
    try {
      const [list, host, waiting] = await Promise.all([
        /** @type {Promise<{ services: ServiceSummary[] }>} */ (call("/berth/v1/services")),
        /** @type {Promise<HostDescription>} */ (call("/berth/v1/host")),
        /** @type {Promise<{ approvals: Approval[] }>} */ (call("/berth/v1/approvals")),
      ]);
      if (!this.#running) return;
      this.approvals = waiting.approvals;
      this.#take(list.services, host);
      this.trouble = null;
    } catch (error) {
      this.trouble = error instanceof Error ? error : new Error(String(error));
    }
    if (!this.#running || currentKey() === null) return;
    this.dispatchEvent(new Event("change"));
    const wait = document.hidden ? EVERY_MS * 15 : EVERY_MS;
    this.#timer = setTimeout(() => this.refresh(), wait);
  }

  /** @param {ServiceSummary[]} services @param {HostDescription} host */
  #take(services, host) {
    const now = Date.now();
    this.services = services;
    this.host = host;
    this.loaded = true;
    this.memory = [
      ...this.memory,
      { atMs: now, rss: host.memory.rss ?? 0, heap: host.memory.heapUsed ?? 0 },
    ].slice(-KEPT_COUNT);
    const known = new Set(services.map(({ id }) => id));
    for (const id of this.#tracks.keys()) if (!known.has(id)) this.#tracks.delete(id);
    for (const service of services) this.#measure(service, now);
  }

  /** @param {ServiceSummary} service @param {number} now */
  #measure(service, now) {
    const track = this.#tracks.get(service.id);
    // A new version counts from nothing again; its first reading is a start, not a difference.
    if (!track || service.counters.requests < track.last.counters.requests) {
      const fresh = new Track(service, now);
      fresh.samples = track?.samples ?? [];
      this.#tracks.set(service.id, fresh);
      return;
    }
    track.samples = [...track.samples, between(track.last, service, now, (now - track.atMs) / 1000)].slice(
      -KEPT_COUNT,
    );
    track.last = service;
    track.atMs = now;
  }
}

/**
 * @param {ServiceSummary} before
 * @param {ServiceSummary} after
 * @param {number} atMs
 * @param {number} seconds
 * @returns {Sample}
 */
function between(before, after, atMs, seconds) {
  const span = Math.max(seconds, 0.001);
  const counts = difference(before.counters.latency, after.counters.latency);
  return {
    atMs,
    requestsPerSecond: (after.counters.requests - before.counters.requests) / span,
    errorsPerSecond: (after.counters.errors - before.counters.errors) / span,
    cpuShare: (after.counters.cpuMs - before.counters.cpuMs) / (span * 1000),
    open: after.load.open,
    waiting: after.load.waiting,
    p50Ms: quantile(after.counters.latency, counts, 0.5),
    p95Ms: quantile(after.counters.latency, counts, 0.95),
    p99Ms: quantile(after.counters.latency, counts, 0.99),
  };
}

/** @param {Latency} before @param {Latency} after */
function difference(before, after) {
  return after.counts.map((count, index) => Math.max(0, count - (before.counts[index] ?? 0)));
}

/**
 * A quantile of a histogram, by a straight line within its bucket; `null` when nothing was counted.
 * @param {Latency} latency
 * @param {readonly number[]} counts
 * @param {number} q
 */
export function quantile(latency, counts, q) {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  let below = 0;
  for (let bucket = 0; bucket < counts.length; bucket++) {
    const count = counts[bucket] ?? 0;
    if (below + count < q * total || count === 0) {
      below += count;
      continue;
    }
    const low = latency.boundsMs[bucket - 1] ?? 0;
    const high = latency.boundsMs[bucket] ?? low;
    return low + (high - low) * ((q * total - below) / count);
  }
  return latency.boundsMs.at(-1) ?? null;
}

/** Whether an error says that a thing is not there. @param {unknown} error */
export function isMissing(error) {
  return error instanceof ApiError && error.problem.status === 404;
}
