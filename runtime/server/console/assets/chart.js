/** Small line charts of the last minutes, drawn as SVG. */
import { fill, h, setText, svg } from "./dom.js";
import { duration } from "./format.js";
/** @import { Series } from "../types.ts" */

/** @typedef {{ element: HTMLElement, update(series: readonly Series[]): void }} Chart */

const WIDTH = 600;
const HEIGHT = 120;
const PAD = 3;
/** A chart that has just begun is a minute wide, and grows to its whole width. */
const POINTS_MIN = 30;
const SCALE = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8];

/**
 * A chart with its title, the newest figures, and what stood there under the pointer.
 * @param {string} title
 * @param {(value: number) => string} format
 * @param {number} pointsMax how many fit at most
 * @param {number} everyMs time between two
 * @param {number} [unit] in which the scale is round; bytes are round in MiB
 */
export function lineChart(title, format, pointsMax, everyMs, unit = 1) {
  const plot = svg("svg", {
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    preserveAspectRatio: "none",
    role: "img",
    class: "plot",
  });
  const legend = h("ul", { class: "legend" });
  const top = h("span", { class: "scale" });
  const when = h("span");
  const element = h(
    "figure",
    { class: "chart" },
    h("figcaption", null, h("span", { class: "chart-title" }, title), legend),
    h(
      "div",
      { class: "plot-frame" },
      plot,
      top,
      h("div", { class: "time-axis" }, when, h("span", null, "now")),
    ),
  );
  /** @type {readonly Series[]} */
  let shown = [];
  /** @type {number | null} Index under the pointer, counted from the newest. */
  let picked = null;
  let points = POINTS_MIN;

  const draw = () => {
    points = width(Math.max(0, ...shown.map((series) => series.values.length)), pointsMax);
    setText(when, `${duration(points * everyMs)} ago`);
    const values = shown.flatMap((series) => series.values.filter((value) => value !== null));
    const max = niceMax(Math.max(0, ...values) / unit) * unit;
    setText(top, values.length > 0 ? format(max) : "");
    fill(plot, ...grid(), ...shown.flatMap((series) => lines(series, max, points)), cursor(picked, points));
    fill(legend, ...shown.map((series) => legendItem(series, picked ?? 0, format)));
    plot.setAttribute(
      "aria-label",
      `${title}: ${shown.map((series) => `${series.label} ${newest(series, format)}`).join(", ")}`,
    );
  };
  plot.addEventListener("pointermove", (event) => {
    const box = plot.getBoundingClientRect();
    const share = 1 - (/** @type {PointerEvent} */ (event).clientX - box.left) / Math.max(1, box.width);
    picked = Math.max(0, Math.min(points - 1, Math.round(share * (points - 1))));
    draw();
  });
  plot.addEventListener("pointerleave", () => {
    picked = null;
    draw();
  });
  return {
    element,
    /** @param {readonly Series[]} series */
    update(series) {
      shown = series;
      draw();
    },
  };
}

/**
 * A line without anything around it, for lists.
 * @param {readonly number[]} values
 * @param {number} pointsMax
 * @param {string} label
 */
export function sparkline(values, pointsMax, label) {
  const points = width(values.length, pointsMax);
  const most = Math.max(0, ...values);
  const max = niceMax(most);
  return svg(
    "svg",
    {
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      preserveAspectRatio: "none",
      role: "img",
      "aria-label": label,
      class: most > 0 ? "spark" : "spark still",
    },
    ...lines({ label, tone: "a", values }, max, points),
  );
}

/** How many points are drawn. @param {number} have @param {number} most */
const width = (have, most) => Math.min(most, Math.max(POINTS_MIN, have));

/** @param {Series} series @param {(value: number) => string} format */
function newest(series, format) {
  const value = series.values.at(-1);
  return value === null || value === undefined ? "none" : format(value);
}

/** @param {Series} series @param {number} back @param {(value: number) => string} format */
function legendItem(series, back, format) {
  const value = series.values[series.values.length - 1 - back];
  return h(
    "li",
    { class: `tone-${series.tone}` },
    h("span", { class: "swatch", "aria-hidden": "true" }),
    h("span", { class: "legend-label" }, series.label),
    h("span", { class: "legend-value" }, value === null || value === undefined ? "–" : format(value)),
  );
}

function grid() {
  return [0.25, 0.5, 0.75].map((share) =>
    svg("line", { class: "grid", x1: 0, x2: WIDTH, y1: HEIGHT * share, y2: HEIGHT * share })
  );
}

/** @param {number | null} picked @param {number} points */
function cursor(picked, points) {
  if (picked === null) return null;
  const x = WIDTH - (picked * WIDTH) / (points - 1);
  return svg("line", { class: "cursor", x1: x, x2: x, y1: 0, y2: HEIGHT });
}

/**
 * The line, broken where there is nothing, and the area under the first tone.
 * @param {Series} series
 * @param {number} max
 * @param {number} points
 */
function lines({ values, tone }, max, points) {
  const step = WIDTH / (points - 1);
  const start = WIDTH - (values.length - 1) * step;
  let path = "", area = "", from = -1;
  values.forEach((value, index) => {
    if (value === null) {
      from = -1;
      return;
    }
    const x = start + index * step;
    const y = HEIGHT - PAD - (value / max) * (HEIGHT - 2 * PAD);
    const point = `${x.toFixed(1)} ${y.toFixed(1)}`;
    // A value alone between two gaps would be invisible: it gets a short stroke.
    const alone = from < 0 && (values[index + 1] ?? null) === null;
    path += from < 0 ? `M${point}${alone ? "h2" : ""}` : `L${point}`;
    if (from < 0) area += `M${x.toFixed(1)} ${HEIGHT}`;
    area += `L${point}`;
    if ((values[index + 1] ?? null) === null) area += `L${x.toFixed(1)} ${HEIGHT}Z`;
    from = index;
  });
  if (path === "") return [];
  return [
    ...(tone === "a" ? [svg("path", { class: "area", d: area })] : []),
    svg("path", { class: `line tone-${tone}`, d: path, "vector-effect": "non-scaling-stroke" }),
  ];
}

/**
 * A round number at or above a value, so that the scale does not move with each sample.
 * @param {number} value
 */
export function niceMax(value) {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const share = value / power;
  return (SCALE.find((step) => share <= step) ?? 10) * power;
}
