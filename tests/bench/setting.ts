/** What a run needs beside its subjects: a folder, a place for what was built, something to call. */
import { calibrate } from "./measure/calibrate.ts";
import { denoArgs, exitOnSignal, startServer } from "./measure/process.ts";
import type { RunSetting } from "./subjects/subject.ts";

/** How long the host takes that the egress guests call. */
const TARGET_MS = 20;

/** Makes it; at the end the folder is removed and the called host ended. */
export async function openSetting(): Promise<RunSetting & AsyncDisposable> {
  const folder = await Deno.makeTempDir({ prefix: "berth-bench-" });
  exitOnSignal(folder);
  const target = await startServer(Deno.execPath(), denoArgs("target.ts", [String(TARGET_MS)]));
  return {
    folder,
    cacheFolder: cacheFolder(),
    computeRounds: calibrate(10),
    targetOrigin: target.origin,
    cores: navigator.hardwareConcurrency,
    async [Symbol.asyncDispose]() {
      await target[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** What is built or fetched for the benchmark stays here from run to run. */
function cacheFolder(): string {
  const path = `${Deno.env.get("TMPDIR") ?? "/tmp"}/berth-bench-cache`;
  Deno.mkdirSync(path, { recursive: true });
  return path;
}
