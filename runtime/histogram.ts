/** A latency histogram with fixed buckets: counting a request allocates nothing. */

/** Upper bounds of the buckets (ms, inclusive); a last bucket takes the rest. */
export const LATENCY_BOUNDS_MS: readonly number[] = [
  0.25,
  0.5,
  1,
  2.5,
  5,
  10,
  25,
  50,
  100,
  250,
  500,
  1_000,
  2_500,
  5_000,
  10_000,
  30_000,
];

/** A histogram as JSON: `counts` has one entry more than `boundsMs`, for what took longer than all. */
export interface HistogramJson {
  readonly boundsMs: readonly number[];
  readonly counts: readonly number[];
  readonly sumMs: number;
}

/** How long requests took. Counts only grow, so that two readings give the time between them. */
export class Histogram {
  /** Requests by bucket, not cumulative. */
  readonly counts: Float64Array = new Float64Array(LATENCY_BOUNDS_MS.length + 1);
  /** All times together (ms). */
  sumMs = 0;

  /** Counts one request that took so long. */
  observe(ms: number): void {
    let bucket = 0;
    while (bucket < LATENCY_BOUNDS_MS.length && ms > (LATENCY_BOUNDS_MS[bucket] ?? 0)) bucket++;
    this.counts[bucket] = (this.counts[bucket] ?? 0) + 1;
    this.sumMs += ms;
  }

  /** For replies of the management API. */
  toJSON(): HistogramJson {
    return { boundsMs: LATENCY_BOUNDS_MS, counts: [...this.counts], sumMs: this.sumMs };
  }
}
