/**
 * `deno task compile [TARGET …]`: programs made by `deno compile` of the bundle, so that workers and assets are inside.
 * Deno fetches the base program (denort) of a target from its download site, or takes the one that `DENORT_BIN` names.
 */
import { join } from "@std/path";
import { makeBundle } from "./bundle.ts";

const TARGETS = [
  "x86_64-unknown-linux-gnu",
  "aarch64-unknown-linux-gnu",
  "x86_64-apple-darwin",
  "aarch64-apple-darwin",
  "x86_64-pc-windows-msvc",
] as const;
const FOLDER = "dist";

await Deno.mkdir(FOLDER, { recursive: true });
const bundle = join(FOLDER, "berth.js");
await Deno.writeTextFile(bundle, (await makeBundle()).file);
let failed = 0;
for (const target of Deno.args.length > 0 ? Deno.args : TARGETS) {
  const { success } = await new Deno.Command(Deno.execPath(), {
    // The permissions and unstable features that are given here are baked in.
    args: [
      ...[
        "compile",
        "-A",
        "--no-config",
        "--no-check",
        "--unstable-worker-options",
        "--unstable-no-legacy-abort",
        "--v8-flags=--no-short-builtin-calls",
      ],
      ...["--target", target, "-o", join(FOLDER, `berth-${target}`), bundle],
    ],
    stdout: "inherit",
    stderr: "inherit",
  }).output();
  if (!success) failed++;
  console.log(`${success ? "made" : "NOT made"}: ${target}`);
}
Deno.exit(failed === 0 ? 0 : 1);
