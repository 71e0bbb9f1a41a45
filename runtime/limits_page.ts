/** The page of all limits, made from their tables. */
import { ABI_LIMITS } from "../abi/limits.ts";
import type { Limit, LimitTable, LimitUnit } from "../capabilities/limit.ts";
import { CAPABILITY_LIMITS } from "../capabilities/limits.ts";
import { RUNTIME_LIMITS } from "./limits.ts";

const LAYERS: readonly (readonly [title: string, table: LimitTable])[] = [
  ["The runtime", RUNTIME_LIMITS],
  ["One call of a guest", ABI_LIMITS],
  ["Capabilities", CAPABILITY_LIMITS],
];

/** A value with its unit, as short as it is exact. */
function shown(value: number, unit: LimitUnit): string {
  const bytes = unit === "Bytes" || unit === "BytesPerSecond";
  if (!bytes) return unit === "Ms" ? `${value} ms` : String(value);
  const per = unit === "BytesPerSecond" ? "/s" : "";
  for (const [power, name] of [[30, "GiB"], [20, "MiB"], [10, "KiB"]] as const) {
    if (value >= 2 ** power && value % 2 ** power === 0) return `${value / 2 ** power} ${name}${per}`;
  }
  return `${value} B${per}`;
}

function row([name, limit]: [string, Limit]): string {
  const { unit, perService, reason } = limit;
  const [normal, most] = [shown(limit.default, unit), shown(limit.ceiling, unit)];
  return `| \`${name}\` | ${normal} | ${most} | ${perService ? "yes" : "–"} | ${reason} |`;
}

/** The whole page, Markdown. */
export function limitsPage(): string {
  const tables = LAYERS.map(([title, table]) =>
    [
      `## ${title}`,
      "| limit | default | ceiling | a manifest may lower it | why |",
      "|---|---|---|---|---|",
      ...Object.entries(table).map(row),
    ].join("\n")
  );
  const head = [
    "# Limits",
    "",
    "Made by `deno run -A runtime/limits_task.ts`; do not edit. An operator may set a limit up to its ceiling, a manifest may only",
    "lower it for its own service. `berth limits` shows what is in force on a device.",
  ].join("\n");
  return [head, ...tables].join("\n\n") + "\n";
}
