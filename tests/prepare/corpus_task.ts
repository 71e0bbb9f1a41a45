/**
 * Prepares every module in a folder (or in npm packages, which it fetches into a temporary folder) and checks the
 * result: `deno run -A tests/prepare/corpus_task.ts FOLDER…` or `… npm:NAME…`. Prints a row per module that fails
 * and the sums.
 */
import { join } from "@std/path";
import { BerthError } from "../../runtime/error.ts";
import { prepareModule } from "../../runtime/unit/prepare/prepare.ts";
import { compareShapes, eachWasm } from "./corpus.ts";
import { findUnchecked } from "./verify.ts";

/** Larger modules are not proved: the proof takes far more time and memory than the preparation. */
const VERIFY_MAX_BYTES = 8 << 20;
const OPTIONS = { memoryMaxBytes: 4 * 2 ** 30, tableEntriesMaxCount: 1_000_000 };

async function fetchPackages(names: readonly string[]): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "berth-corpus-" });
  await Deno.writeTextFile(join(folder, "package.json"), "{}");
  const { success } = await new Deno.Command("npm", {
    args: ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--force", ...names],
    cwd: folder,
  }).output();
  if (!success) console.error("npm could not install all packages");
  return folder;
}

const packages = Deno.args.filter((name) => name.startsWith("npm:")).map((name) => name.slice(4));
const folders = Deno.args.filter((name) => !name.startsWith("npm:"));
if (packages.length > 0) folders.push(await fetchPackages(packages));

const sums = { modules: 0, bytes: 0, after: 0, ms: 0, refused: 0, skipped: 0, failed: 0 };
const reasons = new Map<string, number>();
const seen = new Set<string>();
for (const folder of folders) {
  for (const { name, bytes } of eachWasm(folder, seen)) {
    if (!WebAssembly.validate(bytes)) {
      sums.skipped++;
      continue;
    }
    sums.modules++;
    sums.bytes += bytes.length;
    try {
      const { bytes: prepared, report } = prepareModule(bytes, OPTIONS);
      const difference = compareShapes(bytes, prepared) ||
        (bytes.length > VERIFY_MAX_BYTES ? "" : findUnchecked(prepared));
      sums.after += prepared.length;
      sums.ms += report.tookMs;
      if (report.newInstanceReason) {
        const reason = report.newInstanceReason.replace(/\d+/g, "N");
        reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
      }
      if (bytes.length > 1e6) {
        console.log(row(name, bytes.length, prepared.length, report.tookMs, report.checks));
      }
      if (difference) {
        sums.failed++;
        console.log(`FAILED ${name}: ${difference}`);
      }
    } catch (error) {
      if (
        error instanceof BerthError && error.code !== "module-invalid" &&
        error.code !== "module-opcode-unknown"
      ) {
        sums.refused++;
        console.log(`refused ${name}: ${error.code}`);
      } else {
        sums.failed++;
        console.log(`FAILED ${name}: ${error}`);
      }
    }
  }
}
console.log(sums, Object.fromEntries(reasons));
if (sums.failed > 0) Deno.exit(1);

function row(name: string, before: number, after: number, ms: number, checks: object): string {
  const growth = ((after / before - 1) * 100).toFixed(1);
  const placed = Object.entries(checks).map(([rule, count]) => `${rule} ${count}`).join(", ");
  return `${name.slice(-60)} ${(before / 1e6).toFixed(2)} MB +${growth}% ${ms.toFixed(0)} ms (${placed})`;
}
