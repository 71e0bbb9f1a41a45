/** What perf sees of a hot path: V8's native code, Deno's and the kernel, where a CPU profile only says "program". */
import { onPath } from "../load/choose.ts";
import type { LoadGenerator } from "../load/load.ts";
import { measure } from "../load_run.ts";
import { type RunSetting, ServerPool } from "../subjects/subject.ts";
import { askOf, type HotPath } from "./hot_paths.ts";

const FREQUENCY_HZ = 1_999;
const NAME_MAX_LENGTH = 110;

/** Where its data goes, how long the load runs, how many lines are shown. */
export interface PerfOptions {
  readonly out: string;
  readonly seconds: number;
  readonly top: number;
}

async function perf(...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("perf", { args, stdin: "null" }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr).trim().split("\n")[0]);
  return new TextDecoder().decode(stdout);
}

/** The lines of a report that are not comments. */
async function report(data: string, sort: string, top: number): Promise<string> {
  const text = await perf("report", "-i", data, "--no-children", "-g", "none", "--sort", sort);
  return text.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("#")).slice(0, top)
    .map((line) => line.slice(0, NAME_MAX_LENGTH)).join("\n");
}

/** Runs the hot path once more under perf; gives a text, which says why if it cannot. */
export async function perfOf(
  { name, work, subject }: HotPath,
  setting: RunSetting,
  load: LoadGenerator,
  { out, seconds, top }: PerfOptions,
): Promise<string> {
  if (!await onPath("perf")) return `${name}: perf is not on PATH\n`;
  const { request, connections } = askOf(work);
  // V8 writes a log beside the names, into the working folder if it may.
  const flags = [`--v8-flags=--perf-basic-prof,--logfile=${out}/${name}/v8.log`];
  await using servers = new ServerPool();
  const running = await (await subject(setting)).start(work, { ...setting, berthFlags: flags }, servers);
  if (!running) return "";
  await measure(load, running, { request }, connections, 1);
  const data = `${out}/${name}/perf.data`;
  const pid = String(running.server.pid);
  try {
    await Promise.all([
      measure(load, running, { request }, connections, seconds + 1),
      perf("record", "-q", "-F", String(FREQUENCY_HZ), "-p", pid, "-o", data, "--", "sleep", String(seconds)),
    ]);
    const parts = [await report(data, "comm,dso", 8), await report(data, "comm,sym", top * 2)];
    return `${name}, as perf sees it\n${parts.join("\n\n")}\n`;
  } catch (error) {
    return `${name}: perf cannot look here: ${error instanceof Error ? error.message : error}\n`;
  } finally {
    await Deno.remove(`/tmp/perf-${pid}.map`).catch(() => {}); // V8's, of the names of its code
  }
}
