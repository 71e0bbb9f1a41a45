/** A strict reader of Prometheus' text format 0.0.4: it throws at whatever the format does not allow. */

/** What was read. */
export interface Metrics {
  readonly types: ReadonlyMap<string, string>;
  /** The value of one sample; labels must be exactly these. */
  value(name: string, labels: Readonly<Record<string, string>>): number | undefined;
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(,|$)/y;
const TYPES = ["counter", "gauge", "histogram", "summary", "untyped"];

/** Reads, or throws with the line. */
export function parseMetrics(text: string): Metrics {
  if (!text.endsWith("\n")) throw new Error("the last line has no end");
  const types = new Map<string, string>();
  const helps = new Set<string>();
  const values = new Map<string, number>();
  let family = "";
  const done = new Set<string>();
  const enter = (name: string) => {
    if (name === family) return;
    if (done.has(name)) throw new Error(`samples of ${name} do not stand together`);
    done.add(family);
    family = name;
  };
  for (const line of text.slice(0, -1).split("\n")) {
    if (line === "") continue;
    const comment = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line);
    if (comment) {
      const [, kind, name = "", rest = ""] = comment;
      if (!NAME.test(name)) throw new Error(`not a name: ${line}`);
      enter(name);
      if (kind === "HELP" ? helps.has(name) : types.has(name)) throw new Error(`twice: ${line}`);
      if (kind === "HELP") helps.add(name);
      else if (!TYPES.includes(rest)) throw new Error(`not a type: ${line}`);
      else types.set(name, rest);
      continue;
    }
    if (line.startsWith("#")) throw new Error(`not understood: ${line}`);
    const sample = readSample(line);
    const base = familyOf(sample.name, types);
    enter(base);
    const key = keyOf(sample.name, sample.labels);
    if (values.has(key)) throw new Error(`twice: ${line}`);
    if (types.get(base) === "counter" && !sample.name.endsWith("_total")) {
      throw new Error(`a counter without _total: ${line}`);
    }
    values.set(key, sample.value);
  }
  checkHistograms(types, values);
  return { types, value: (name, labels) => values.get(keyOf(name, labels)) };
}

function readSample(line: string): { name: string; labels: Record<string, string>; value: number } {
  const match = /^([^{ ]+)(?:\{(.*)\})? (\S+)$/.exec(line);
  const [, name = "", pairs = "", number = ""] = match ?? [];
  if (!NAME.test(name)) throw new Error(`not a sample: ${line}`);
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < pairs.length) {
    const pair = LABEL.exec(pairs);
    if (!pair?.[1]) throw new Error(`labels are wrong: ${line}`);
    if (Object.hasOwn(labels, pair[1])) throw new Error(`a label twice: ${line}`);
    labels[pair[1]] = (pair[2] ?? "").replace(/\\(.)/g, (_, escaped) => escaped === "n" ? "\n" : escaped);
  }
  if (!/^([+-]?(\d+(\.\d+)?([eE][+-]?\d+)?|Inf)|NaN)$/.test(number)) throw new Error(`not a number: ${line}`);
  return { name, labels, value: Number(number.replace("Inf", "Infinity")) };
}

function familyOf(name: string, types: ReadonlyMap<string, string>): string {
  if (types.has(name)) return name;
  const base = name.replace(/_(bucket|sum|count)$/, "");
  if (types.get(base) === "histogram" && base !== name) return base;
  throw new Error(`${name} has no TYPE before it`);
}

function keyOf(name: string, labels: Readonly<Record<string, string>>): string {
  return JSON.stringify([name, Object.entries(labels).sort(([a], [b]) => a < b ? -1 : 1)]);
}

/** Buckets must rise, end with +Inf, and agree with the count. */
function checkHistograms(types: ReadonlyMap<string, string>, values: ReadonlyMap<string, number>): void {
  const buckets = new Map<string, { bound: number; value: number }[]>();
  for (const [key, value] of values) {
    const [name, labels] = JSON.parse(key) as [string, [string, string][]];
    const base = name.replace(/_bucket$/, "");
    if (base === name || types.get(base) !== "histogram") continue;
    const series = keyOf(`${base}_count`, Object.fromEntries(labels.filter(([label]) => label !== "le")));
    const bound = Number((labels.find(([label]) => label === "le")?.[1] ?? "").replace("Inf", "Infinity"));
    buckets.set(series, [...(buckets.get(series) ?? []), { bound, value }]);
  }
  for (const [series, list] of buckets) {
    const sorted = list.toSorted((a, b) => a.bound - b.bound);
    if (sorted.at(-1)?.bound !== Infinity) throw new Error(`${series} has no bucket +Inf`);
    if (sorted.some(({ value }, index) => index > 0 && value < (sorted[index - 1]?.value ?? 0))) {
      throw new Error(`the buckets of ${series} fall`);
    }
    if (sorted.at(-1)?.value !== values.get(series)) throw new Error(`${series} is not its last bucket`);
  }
}
