/** What `berth inspect` tells of a service's module: what preparation did to it, and what it imports. */
import { binaryText, type Colours } from "./screen.ts";

/** The part of the preparation's report that is shown. */
export interface ModuleReport {
  readonly memories: readonly { readonly initialPages: number; readonly maximumPages: number }[];
  readonly checks: Readonly<Record<string, number>>;
  readonly functions: number;
  readonly newInstanceReason: string;
  readonly sizeBeforeBytes: number;
  readonly sizeAfterBytes: number;
  readonly tookMs: number;
  readonly importedFunctions: readonly { readonly name: string; readonly capability: string | null }[];
}

const PAGE_BYTES = 65_536;

/** Lines for people. */
export function moduleLines(report: ModuleReport, c: Colours): string[] {
  const { checks, importedFunctions: imports } = report;
  const memory =
    report.memories.map(({ initialPages, maximumPages }) =>
      `${binaryText(initialPages * PAGE_BYTES)}, at most ${binaryText(maximumPages * PAGE_BYTES)}`
    ).join("; ") || "none";
  const placed = (checks.entries ?? 0) + (checks.loops ?? 0) + (checks.calls ?? 0);
  const spared = (checks.entriesAvoided ?? 0) + (checks.loopsAvoided ?? 0) + (checks.callsAvoided ?? 0);
  const size = `${binaryText(report.sizeBeforeBytes)} → ${binaryText(report.sizeAfterBytes)} in ${
    report.tookMs.toFixed(1)
  } ms`;
  const reset = report.newInstanceReason === ""
    ? "can be put back"
    : `made anew: ${report.newInstanceReason}`;
  return [
    `  prepared  ${size}, ${report.functions} functions`,
    `  memory    ${memory}`,
    `  checks    ${placed} placed, ${spared} places do without`,
    `  instance  ${reset}`,
    ...imports.map(({ name, capability }) =>
      `  imports   ${name}${capability ? c.dim(`  needs ${capability}`) : ""}`
    ),
  ];
}
