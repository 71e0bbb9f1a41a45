/**
 * Whether Deno was started with `worker-options`, without which it ends the whole process (exit 70) when a service's
 * worker is made: no error to catch, no word of what to do in the embedding application's own log.
 */
import { fork } from "node:child_process";
import { BerthError } from "./error.ts";

/** What can be known of it; `unknown` where looking would ask the user for a permission, or is not possible. */
export type WorkerOptionsState = "on" | "off" | "unknown";

const FLAG = /^--unstable(-worker-options)?$/;
/** A program that there is not: nothing is ever started. */
const NO_PROGRAM = "/dev/null/berth-asks-for-no-program";

/**
 * Looks. Deno tells its unstable features to no program, but hands them on to the processes that `fork` of Node's
 * compatibility starts: so a process is prepared whose program does not exist, and its arguments are read.
 */
export function workerOptionsState(): WorkerOptionsState {
  if (Deno.build.standalone || !mayLook()) return "unknown";
  try {
    const child = fork("berth.js", [], { execPath: NO_PROGRAM, stdio: "ignore" });
    child.on("error", () => {}); // that there is no such program
    const words = child.spawnargs;
    // Were Deno to change how it does this, silence is better than a refusal without reason.
    if (!words.includes("run")) return "unknown";
    return words.some((word) => FLAG.test(word)) ? "on" : "off";
  } catch {
    return "unknown";
  }
}

function mayLook(): boolean {
  const wanted = [{ name: "env" }, { name: "run", command: NO_PROGRAM }] as const;
  return wanted.every((descriptor) => Deno.permissions.querySync(descriptor).state === "granted");
}

/** @throws BerthError `worker-options-missing` when it is known that no service could be started */
export function requireWorkerOptions(): void {
  if (workerOptionsState() !== "off") return;
  throw new BerthError(
    "worker-options-missing",
    "tried to open a host in a process that Deno lets make no restricted workers",
  );
}
