/** Whether ratios rose beyond noise. */
import type { Spread } from "../measure/stats.ts";

/** A ratio beside its baseline. */
export interface Compared {
  /** The baseline; `null` for a bench that had none. */
  readonly was: Spread | null;
  /** The median now against the median then. */
  readonly change: number;
  readonly verdict: "" | "new" | "slower" | "quicker";
}

/** A change below this is never called one: processes of the same code lie that far apart. */
const NOISE = 0.15;

/** Compares: beyond noise is what lies apart in all processes, and by more than {@link NOISE} in the middle. */
export function compareRatios(
  before: Readonly<Record<string, Spread>>,
  now: Readonly<Record<string, Spread>>,
): Map<string, Compared> {
  return new Map(
    Object.entries(now).map(([name, ratio]): [string, Compared] => {
      const was = before[name] ?? null;
      if (!was) return [name, { was, change: NaN, verdict: "new" }];
      const change = ratio.median / was.median;
      const slower = ratio.min > was.max && change > 1 + NOISE;
      const quicker = ratio.max < was.min && change < 1 / (1 + NOISE);
      return [name, { was, change, verdict: slower ? "slower" : quicker ? "quicker" : "" }];
    }),
  );
}
