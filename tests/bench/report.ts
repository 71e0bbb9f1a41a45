/** What a run showed, for people. */
import Table from "cli-table3";
import type { LifeResult } from "./lifecycle.ts";
import type { LoadResultRow } from "./load_run.ts";
import { median, type Spread } from "./measure/stats.ts";

/** A figure with as many digits as it deserves. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return "-";
  if (value >= 1000) return Math.round(value).toLocaleString("en-US");
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** Median and range. */
export function ranged({ median, min, max }: Spread): string {
  return `${figure(median)} (${figure(min)}-${figure(max)})`;
}

/** A plain table: no lines, columns apart. */
export function plainTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const table = new Table({
    head: [...head],
    colAligns: head.map((_, index) => index === 0 ? "left" : "right"),
    style: { head: [], border: [], compact: true, "padding-left": 0, "padding-right": 2 },
    chars: Object.fromEntries(
      [
        "top",
        "top-mid",
        "top-left",
        "top-right",
        "bottom",
        "bottom-mid",
        "bottom-left",
        "bottom-right",
        "left",
        "left-mid",
        "mid",
        "mid-mid",
        "right",
        "right-mid",
        "middle",
      ].map((name) => [name, ""]),
    ),
  });
  table.push(...rows.map((row) => [...row]));
  return table.toString();
}

const LOAD_HEAD = [
  "",
  "ratio",
  "main ratio",
  "requests/s",
  "p50 ms",
  "p99 ms",
  "main us",
  "workers us",
  "others us",
  "errors",
];

/** The table of one scenario and number of connections. */
export function loadTable(rows: readonly LoadResultRow[]): string {
  const [first] = rows;
  if (!first) return "";
  const cells = rows.map(({ subject, figures, errors }) => [
    subject,
    ranged(figures.ratio),
    figure(figures.mainRatio.median),
    figure(figures.perSecond.median),
    figure(figures.p50Ms.median),
    figure(figures.p99Ms.median),
    figure(figures.mainUs.median),
    figure(figures.workersUs.median),
    figure(figures.othersUs.median),
    errors === 0 ? "" : String(errors),
  ]);
  const own = median(rows.map(({ figures }) => figures.loadUs.median));
  const load = Number.isFinite(own) ? `\nthe load generator itself takes ${figure(own)} us a request` : "";
  return `${first.title}, ${first.connections} connections\n${plainTable(LOAD_HEAD, cells)}${load}`;
}

/** The table of a scenario that is not under load. */
export function lifeTable(title: string, results: readonly LifeResult[]): string {
  const cells = results.map(({ figure: name, unit, values, count }) => [
    name,
    figure(values.median),
    `${figure(values.min)}-${figure(values.max)}`,
    unit,
    String(count),
  ]);
  return `${title}\n${plainTable(["", "median", "range", "", "times"], cells)}`;
}
