/** Numbers, times and sizes as people read them. */

const number = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" });

/**
 * `12.3`, `4,200`, `1.2M`.
 * @param {number} value
 */
export function figure(value) {
  return Math.abs(value) >= 100_000 ? compact.format(value) : number.format(value);
}

/**
 * A rate by second, with one figure more below one.
 * @param {number} value
 */
export function rate(value) {
  return value > 0 && value < 1 ? value.toFixed(2) : figure(value);
}

/**
 * `64 MiB`.
 * @param {number} bytes
 */
export function bytes(bytes) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let value = bytes, unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${number.format(value)} ${units[unit]}`;
}

/**
 * `400 µs`, `12 ms`, `1.5 s`, `3 min`.
 * @param {number} ms
 */
export function duration(ms) {
  if (ms > 0 && ms < 0.95) return `${Math.max(1, Math.round(ms * 1000))} µs`;
  if (ms < 1000) return `${ms < 10 ? number.format(ms) : Math.round(ms)} ms`;
  if (ms < 60_000) return `${number.format(ms / 1000)} s`;
  if (ms < 3_600_000) return `${number.format(ms / 60_000)} min`;
  return `${number.format(ms / 3_600_000)} h`;
}

/**
 * `3 d 4 h`, `12 min`, `8 s`.
 * @param {number} ms
 */
export function uptime(ms) {
  const seconds = Math.floor(ms / 1000);
  const [d, h, m] = [
    Math.floor(seconds / 86400),
    Math.floor(seconds / 3600) % 24,
    Math.floor(seconds / 60) % 60,
  ];
  if (d > 0) return `${d} d ${h} h`;
  if (h > 0) return `${h} h ${m} min`;
  return m > 0 ? `${m} min` : `${seconds} s`;
}

/**
 * `5 min. ago`.
 * @param {number} atMs
 * @param {number} [nowMs]
 */
export function ago(atMs, nowMs = Date.now()) {
  const seconds = Math.round((atMs - nowMs) / 1000);
  const size = Math.abs(seconds);
  if (size < 60) return relative.format(seconds, "second");
  if (size < 3600) return relative.format(Math.round(seconds / 60), "minute");
  if (size < 86400) return relative.format(Math.round(seconds / 3600), "hour");
  return relative.format(Math.round(seconds / 86400), "day");
}

/**
 * A share as per cent: `12 %`.
 * @param {number} share
 */
export function percent(share) {
  const value = share * 100;
  return `${value > 0 && value < 10 ? value.toFixed(1) : Math.round(value)} %`;
}

/**
 * A limit in the unit that stands at the end of its name.
 * @param {string} name
 * @param {number} value
 */
export function limitValue(name, value) {
  if (name.endsWith("BytesPerSecond")) return `${bytes(value)}/s`;
  if (name.endsWith("Bytes")) return bytes(value);
  if (name.endsWith("Ms")) return duration(value);
  return figure(value);
}

const LIMIT_WORDS = /** @type {Record<string, string>} */ ({
  wall: "answer time",
  cpu: "CPU time of a request",
  start: "start-up time",
  memory: "memory of an instance",
  concurrency: "requests at once, in a worker",
  queue: "requests that wait",
  egress: "outbound time",
  storage: "storage",
});

/**
 * The name of a limit in words: `requestBodyMaxBytes` is "request body".
 * @param {string} name
 */
export function limitName(name) {
  const stem = name.replace(/Max(BytesPerSecond|Bytes|Ms|Count|Pages)$/, "");
  return LIMIT_WORDS[stem] ?? stem.replace(/([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`);
}

/**
 * The time of day with milliseconds, in the reader's zone.
 * @param {string} iso
 */
export function clock(iso) {
  const at = new Date(iso);
  const two = (/** @type {number} */ value) => String(value).padStart(2, "0");
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${
    String(at.getMilliseconds()).padStart(3, "0")
  }`;
}
