/**
 * Whether Deno was started with `worker-options`, without which it ends the whole process (exit 70) when a service's
 * worker is made: no error to catch, no word of what to do in the embedding application's own log.
 */
import { BerthError } from "./error.ts";
import { nodePart } from "./node_lazily.ts";

/** What can be known of it; `unknown` where looking would ask the user for a permission, or is not possible. */
export type WorkerOptionsState = "on" | "off" | "unknown";

const FLAG = /^--unstable(-worker-options)?$/;
/** A program that there is not: nothing is ever started. */
const NO_PROGRAM = "/dev/null/berth-asks-for-no-program";

/** Looks where it costs least first. */
export function workerOptionsState(): WorkerOptionsState {
  return isShown() ? "on" : askNode();
}

/**
 * Whether the command line, or the configuration that goes with the program, shows it. That is how nearly every host is
 * started, and to ask Node's library instead takes 5 MiB; whatever is out of the ordinary here is left to it.
 */
function isShown(): boolean {
  if (Deno.build.os !== "linux" || Deno.permissions.querySync({ name: "read" }).state !== "granted") {
    return false;
  }
  try {
    const words = Deno.readTextFileSync("/proc/self/cmdline").split("\0");
    const options = words.slice(0, words.findIndex((word) => isMain(word)));
    if (options.some((word) => FLAG.test(word))) return true;
    if (options.includes("--no-config")) return false;
    const at = options.findIndex((word) => /^(-c|--config)$/.test(word));
    const named = options.find((word) => word.startsWith("--config="))?.slice("--config=".length);
    const file = at < 0 ? named ?? configOf(new URL(Deno.mainModule)) : options[at + 1];
    if (!file) return false;
    const { unstable } = JSON.parse(Deno.readTextFileSync(file)) as { unstable?: unknown };
    return Array.isArray(unstable) && unstable.includes("worker-options");
  } catch {
    return false; // no such file, comments in it: Node's way knows
  }
}

/** The program's own word: what follows it is for the program. */
function isMain(word: string): boolean {
  return word === Deno.mainModule ||
    new URL(encodeURI(word), `file://${encodeURI(Deno.cwd())}/`).href === Deno.mainModule;
}

/** The one configuration in the folders above a program; none where there are several, which may make a workspace. */
function configOf({ protocol, pathname }: URL): string | undefined {
  if (protocol !== "file:") return undefined;
  const parts = decodeURIComponent(pathname).split("/").slice(1, -1);
  const folders = parts.map((_, index) => `/${parts.slice(0, index + 1).join("/")}`);
  const found = ["", ...folders].flatMap((folder) => [`${folder}/deno.json`, `${folder}/deno.jsonc`])
    .filter(exists);
  return found.length === 1 ? found[0] : undefined;
}

function exists(file: string): boolean {
  try {
    return Deno.statSync(file).isFile;
  } catch {
    return false;
  }
}

/**
 * Deno tells its unstable features to no program, but hands them on to the processes that `fork` of Node's
 * compatibility starts: so a process is prepared whose program does not exist, and its arguments are read.
 */
function askNode(): WorkerOptionsState {
  if (Deno.build.standalone || !mayLook()) return "unknown";
  try {
    const child = nodePart("node:child_process").fork("berth.js", [], {
      execPath: NO_PROGRAM,
      stdio: "ignore",
    });
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
