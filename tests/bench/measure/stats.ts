/** Numbers of several rounds in one: the median, and how far the rounds lie apart. */

/** A figure and its spread. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** The middle value; `NaN` of nothing. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The value below which so much of them lies, by the nearest rank; the mean of the middle two for an even median. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  if (sorted.length === 0) return NaN;
  if (part === 0.5 && sorted.length % 2 === 0) {
    const half = sorted.length / 2;
    return ((sorted[half - 1] ?? NaN) + (sorted[half] ?? NaN)) / 2;
  }
  return sorted[Math.min(sorted.length - 1, Math.ceil(part * sorted.length) - 1)] ?? sorted[0] ?? NaN;
}

/** Median, least and most. */
export function spread(values: readonly number[]): Spread {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}
