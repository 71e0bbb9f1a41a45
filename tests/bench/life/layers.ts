/** Memory by layer: processes that hold one thing more each, from bare Deno to a host whose services sleep again. */
import { helloGuest } from "../guests/guests.ts";
import { type LifeScenario, newFolder, type Tell, timed, until } from "../lifecycle.ts";
import { memoryOf } from "../measure/proc.ts";
import { denoArgs, type ServerProcess, startServer } from "../measure/process.ts";
import { STEPS } from "../servers/layers.ts";
import { type BerthProcess, startBerth } from "../subjects/berth_process.ts";

const MIB = 2 ** 20;
/** Until V8 has put away what came before. */
const SETTLE_MS = 1_500;
const IDLE_MS = 3_000;
/** Services beside the first; the figure for one of them is the mean. */
const MORE_COUNT = 10;

const STEP_NAMES: Readonly<Record<typeof STEPS[number], string>> = {
  deno: "bare Deno",
  serve: "+ Deno.serve, one request",
  hono: "+ Hono",
  zod: "+ zod",
  node: "+ node: modules",
  modules: "+ Berth's modules, no host",
};

/** The layers of one round, in MiB, by name and in order. */
type Layers = Map<string, { readonly rss: number; readonly pss: number }>;

async function settled(pid: number): Promise<{ rss: number; pss: number }> {
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const { rssBytes, pssBytes } = memoryOf(pid);
  return { rss: rssBytes / MIB, pss: pssBytes / MIB };
}

async function engine(layers: Layers): Promise<void> {
  for (const step of STEPS) {
    await using server: ServerProcess = await startServer(Deno.execPath(), denoArgs("layers.ts", [step]));
    if (server.origin !== "") await timed(server.origin);
    layers.set(STEP_NAMES[step], await settled(server.pid));
  }
}

async function wake(berth: BerthProcess, from: number, to: number): Promise<void> {
  for (let index = from; index < to; index++) await timed(`${berth.origin}/api/svc-${index}`);
}

/** A host on a folder with all services deployed; its stages follow one another in the same process. */
async function host(empty: string, folder: string, layers: Layers): Promise<void> {
  {
    await using berth = await startBerth(empty, { idleMs: 0 });
    layers.set("host that listens", await settled(berth.pid));
  }
  {
    await using berth = await startBerth(folder, { idleMs: 0 });
    layers.set(`+ ${MORE_COUNT + 1} services, never used`, await settled(berth.pid));
    await wake(berth, 0, 1);
    layers.set("+ the first worker", await settled(berth.pid));
    await wake(berth, 1, MORE_COUNT + 1);
    layers.set(`+ ${MORE_COUNT} further workers`, await settled(berth.pid));
  }
  await using berth = await startBerth(folder, { idleMs: IDLE_MS });
  await wake(berth, 0, MORE_COUNT + 1);
  const asleep = async () => [...(await berth.states()).values()].every((state) => state === "asleep");
  await until("all asleep", asleep);
  layers.set("all asleep again", await settled(berth.pid));
}

function tellAll(rounds: readonly Layers[], tell: Tell): void {
  const [first] = rounds;
  if (!first) return;
  let before: string | null = null;
  for (const name of first.keys()) {
    const values = (kind: "rss" | "pss", of: string) => rounds.map((each) => each.get(of)?.[kind] ?? NaN);
    const rss = values("rss", name);
    tell(name, "MiB", rss);
    tell("  its own share (PSS)", "MiB", values("pss", name));
    const base = before === null ? null : values("rss", before);
    if (base) tell("  more than before", "MiB", rss.map((value, round) => value - (base[round] ?? NaN)));
    before = name;
  }
}

/** See the file's comment. */
export const LAYERS: LifeScenario = {
  name: "layers",
  title: `resident memory by layer`,
  async run(setting, { rounds }, tell) {
    const [empty, folder] = [await newFolder(setting), await newFolder(setting)];
    {
      await using berth = await startBerth(folder, { idleMs: 200 });
      for (let index = 0; index <= MORE_COUNT; index++) {
        await berth.deploy(`svc-${index}`, helloGuest(`hello ${index}`));
      }
    }
    const all: Layers[] = [];
    for (let round = 0; round < Math.min(3, rounds); round++) {
      const layers: Layers = new Map();
      await engine(layers);
      await host(empty, folder, layers);
      all.push(layers);
    }
    tellAll(all, tell);
  },
};
