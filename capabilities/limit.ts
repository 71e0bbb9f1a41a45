/** How a limit is described, in every layer's `limits.ts`. Joined once, in `runtime/limits.ts`. */

/** The unit of a limit's value; it is also the last part of the limit's name. */
export type LimitUnit = "Bytes" | "Ms" | "Count" | "Pages" | "BytesPerSecond";

/** One row of the limits table. */
export interface Limit {
  readonly unit: LimitUnit;
  /** What holds when nobody says anything. */
  readonly default: number;
  /** What an operator may raise it to. */
  readonly ceiling: number;
  /** Whether a manifest may lower it for its own service. */
  readonly perService: boolean;
  /** Why it exists and why it has this size, in a sentence. */
  readonly reason: string;
}

/** A table of limits by name; names carry the unit last (`memoryMaxBytes`). */
export type LimitTable = Readonly<Record<string, Limit>>;

/** The values in force: a number for each name of a table. */
export type LimitValues<T extends LimitTable> = { readonly [K in keyof T]: number };

/** The defaults of a table. */
export function limitDefaults<T extends LimitTable>(table: T): LimitValues<T> {
  return Object.fromEntries(
    Object.entries(table).map(([name, limit]) => [name, limit.default]),
  ) as LimitValues<T>;
}
