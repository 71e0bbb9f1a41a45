/** Which load generator is used. */
import { bundledLoad } from "./bundled.ts";
import type { LoadGenerator } from "./load.ts";
import { ohaLoad } from "./oha.ts";
import { wrkLoad } from "./wrk.ts";

/** Whether a program can be started by its name. */
export async function onPath(program: string): Promise<boolean> {
  try {
    // Whether the option is known does not matter: it has been started.
    await new Deno.Command(program, { args: ["--version"], stdout: "null", stderr: "null" }).output();
    return true;
  } catch {
    return false;
  }
}

/** wrk or oha when installed, else the bundled one; or the one asked for. */
export async function chooseLoad(wanted: string | undefined): Promise<LoadGenerator> {
  if (wanted === "wrk" || (wanted === undefined && await onPath("wrk"))) return wrkLoad;
  if (wanted === "oha" || (wanted === undefined && await onPath("oha"))) return ohaLoad;
  return bundledLoad;
}
