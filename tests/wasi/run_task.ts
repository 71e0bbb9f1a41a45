/** Runs one module as `berth run` does: `run_task.ts [--dir host::guest[::ro]] [--env K=V] [--trace] module.wasm [args…]` */
import { basename } from "@std/path";
import { runCommand, type RunDir } from "../../runtime/run.ts";

const dirs: RunDir[] = [];
const env: Record<string, string> = {};
let trace = false;
const rest = [...Deno.args];
while (rest[0]?.startsWith("--")) {
  const option = rest.shift();
  if (option === "--trace") {
    trace = true;
    continue;
  }
  if (option === "--") break;
  const value = rest.shift() ?? "";
  if (option === "--dir") {
    const [host = "", guest, access] = value.split("::");
    dirs.push({ host, guest: guest ?? host, access: access === "ro" ? "read" : "read-write" });
  } else if (option === "--env") {
    const at = value.indexOf("=");
    env[value.slice(0, at)] = value.slice(at + 1);
  } else throw new Error(`unknown option ${option}`);
}
const [path = "", ...args] = rest;
const code = await runCommand({
  module: Deno.readFileSync(path),
  args: [basename(path), ...args],
  env,
  dirs,
  ...(trace ? { trace: (line: string) => console.error(line) } : {}),
});
Deno.exit(code);
