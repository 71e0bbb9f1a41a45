/**
 * `deno task profile`: where the time of each hot path goes, on the host's thread and in the worker. Writes V8's
 * profiles (`.cpuprofile`, for Chromium's developer tools or VS Code) and prints the longest self times and a table by
 * layer, in microseconds a request.
 */
import { parseArgs } from "node:util";
import { chooseLoad } from "../load/choose.ts";
import type { LoadGenerator } from "../load/load.ts";
import { type Asked, measure } from "../load_run.ts";
import { figure, plainTable } from "../report.ts";
import { openSetting } from "../setting.ts";
import { type RunSetting, ServerPool } from "../subjects/subject.ts";
import { askOf, HOT_PATHS, type HotPath } from "./hot_paths.ts";
import { type Layer, LAYERS } from "./layers.ts";
import { perfOf } from "./perf.ts";
import { byLayer, type Profile, type SelfTime, selfTimes } from "./read.ts";

const USAGE = `deno task profile [options]

  --path NAME     only this hot path; may be repeated: ${HOT_PATHS.map(({ name }) => name).join(", ")}
  --seconds N     seconds of load for each (default 3)
  --out FOLDER    where the profiles go (default tests/bench/out/profile, which git ignores)
  --top N         functions shown for each thread (default 12)
  --perf          also what perf sees: native code and the kernel (where perf may run)
`;

/** Often enough for some thousand samples, seldom enough to change little. */
const INTERVAL_US = 250;
const WARM_UP_SECONDS = 2;

interface Options {
  readonly paths: readonly HotPath[];
  readonly seconds: number;
  readonly out: string;
  readonly top: number;
  readonly perf: boolean;
}

/** One thread of one hot path. */
interface ThreadProfile {
  readonly thread: "host" | "worker";
  readonly times: readonly SelfTime[];
  readonly layers: ReadonlyMap<Layer, number>;
}

interface Run {
  readonly asked: Asked;
  readonly threads: readonly ThreadProfile[];
}

/** When the load ran, counted back from the end of the process: the profiles end with it. */
interface Span {
  readonly fromEndMs: number;
  readonly toEndMs: number;
}

async function profileOne(
  hotPath: HotPath,
  setting: RunSetting,
  load: LoadGenerator,
  options: Options,
): Promise<Run | null> {
  const folder = `${options.out}/${hotPath.name}`;
  await Deno.remove(folder, { recursive: true }).catch(() => {}); // of an earlier run
  await Deno.mkdir(folder, { recursive: true });
  const flags = ["--cpu-prof", `--cpu-prof-dir=${folder}`, `--cpu-prof-interval=${INTERVAL_US}`];
  const { request, connections } = askOf(hotPath.work);
  let asked: Asked, began: number, ended: number;
  {
    await using servers = new ServerPool();
    const subject = await hotPath.subject(setting);
    const running = await subject.start(hotPath.work, { ...setting, berthFlags: flags }, servers);
    if (!running) return null;
    await measure(load, running, { request }, connections, WARM_UP_SECONDS);
    began = performance.now();
    asked = await measure(load, running, { request }, connections, options.seconds);
    ended = performance.now();
  }
  const exited = performance.now();
  const threads = await readThreads(folder, asked, { fromEndMs: exited - began, toEndMs: exited - ended });
  return { asked, threads };
}

/** The profiles of a folder: the host's, and that of the worker that did the most. */
async function readThreads(folder: string, asked: Asked, span: Span): Promise<ThreadProfile[]> {
  const files = [...Deno.readDirSync(folder)].map(({ name }) => name);
  const read = async (name: string): Promise<Profile> =>
    JSON.parse(await Deno.readTextFile(`${folder}/${name}`));
  const host = files.find((name) => !name.includes("worker"));
  if (!host) throw new Error(`Deno wrote no profile into ${folder}`);
  const main = await read(host);
  const [from, to] = [main.endTime - span.fromEndMs * 1000, main.endTime - span.toEndMs * 1000];
  const thread = (kind: "host" | "worker", profile: Profile, us: number): ThreadProfile => {
    const times = selfTimes(profile, from, to);
    const seen = times.reduce((sum, time) => sum + time.us, 0);
    return { thread: kind, times, layers: byLayer(times, Math.max(0, seen - us * asked.requests)) };
  };
  const threads = [thread("host", main, asked.mainUs)];
  for (const name of files.filter((each) => each.includes("worker"))) {
    threads.push(thread("worker", await read(name), asked.workersUs));
  }
  return threads;
}

function showTop(name: string, { asked, threads }: Run, top: number): void {
  const all = asked.mainUs + asked.workersUs + asked.othersUs;
  console.log(
    `${name}: ${figure(all)} us a request (host's thread ${figure(asked.mainUs)}, worker ${
      figure(asked.workersUs)
    }, other threads ${figure(asked.othersUs)}), ${figure(asked.perSecond)} requests/s`,
  );
  for (const { thread, times } of threads) {
    const shown = times.filter(({ layer }) => layer !== "engine, kernel" && layer !== "waiting").slice(
      0,
      top,
    );
    const rows = shown.map(({ name, layer, us }) => [name, layer, figure(us / asked.requests)]);
    console.log(plainTable([`  ${thread}`, "layer", "us"], rows));
  }
  console.log();
}

function layerTable(runs: ReadonlyMap<string, Run>): string {
  const rows = [...runs].flatMap(([name, { asked, threads }]) =>
    threads.map(({ thread, layers }) => {
      const cells = LAYERS.map((layer) => (layers.get(layer) ?? 0) / asked.requests);
      const sum = cells.reduce((whole, each) => whole + each, 0);
      return [`${name}, ${thread}`, figure(sum), ...cells.map((us) => us < 0.005 ? "" : figure(us))];
    })
  );
  return `microseconds a request, by layer\n${plainTable(["", "all", ...LAYERS], rows)}`;
}

function readOptions(args: readonly string[]): Options | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      path: { type: "string", multiple: true },
      seconds: { type: "string", default: "3" },
      out: { type: "string" },
      top: { type: "string", default: "12" },
      perf: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return null;
  const wanted = values.path ?? [];
  const unknown = wanted.find((name) => !HOT_PATHS.some((each) => each.name === name));
  if (unknown) throw new Error(`there is no hot path ${JSON.stringify(unknown)}; --help names them`);
  return {
    paths: HOT_PATHS.filter(({ name }) => wanted.length === 0 || wanted.includes(name)),
    seconds: Number(values.seconds),
    out: values.out ?? decodeURIComponent(new URL("../out/profile", import.meta.url).pathname),
    top: Number(values.top),
    perf: values.perf,
  };
}

async function main(args: readonly string[]): Promise<void> {
  const options = readOptions(args);
  if (!options) return console.log(USAGE);
  await using setting = await openSetting();
  const load = await chooseLoad(undefined);
  const runs = new Map<string, Run>();
  for (const hotPath of options.paths) {
    const run = await profileOne(hotPath, setting, load, options);
    if (!run) continue;
    runs.set(hotPath.name, run);
    showTop(hotPath.name, run, options.top);
    if (options.perf) console.log(await perfOf(hotPath, setting, load, options));
  }
  console.log(`${layerTable(runs)}\n\nprofiles in ${options.out}`);
}

if (import.meta.main) await main(Deno.args);
