/** Whether a request costs more where many services are deployed, where many are awake, and after millions of requests. */
import { helloGuest } from "../guests/guests.ts";
import { type LifeEffort, type LifeScenario, newFolder, type Tell, timed } from "../lifecycle.ts";
import { type Asked, measure } from "../load_run.ts";
import { memoryOf } from "../measure/proc.ts";
import { figure } from "../report.ts";
import { type BerthProcess, startBerth } from "../subjects/berth_process.ts";
import { copyFolder } from "./copy_folder.ts";

const MIB = 2 ** 20;
const CONNECTIONS = 64;
const WARM_UP_SECONDS = 2;
/** So often in the course of its use a host's memory is looked at. */
const PARTS = 5;
const GET = { request: { method: "GET" } } as const;

/** A host, and what is asked of it. */
interface Case {
  readonly name: string;
  readonly berth: BerthProcess;
  readonly paths: readonly string[];
}

const pathsOf = (count: number) => Array.from({ length: count }, (_, index) => `/api/svc-${index}`);

/** Data folders with so many services each, below a folder; every one a copy of the one before, with more. */
export async function deployedFolders(
  below: string,
  counts: readonly number[],
): Promise<ReadonlyMap<number, string>> {
  const folders = new Map<number, string>();
  let last: string | null = null, there = 0;
  for (const count of counts) {
    const folder = await Deno.makeTempDir({ dir: below });
    if (last !== null) await copyFolder(last, folder);
    {
      await using berth = await startBerth(folder, { idleMs: 200 });
      for (; there < count; there++) await berth.deploy(`svc-${there}`, helloGuest("hello"));
    }
    folders.set(count, last = folder);
  }
  return folders;
}

/** Asks all cases in turn, several rounds; the first one is what the others are compared with. */
async function inTurn(cases: readonly Case[], effort: LifeEffort, tell: Tell): Promise<void> {
  const ask = ({ berth, paths }: Case, seconds: number) =>
    measure(effort.load, { server: berth, paths }, GET, CONNECTIONS, seconds);
  for (const each of cases) await ask(each, WARM_UP_SECONDS);
  const rounds = cases.map(() => [] as Asked[]);
  for (let round = 0; round < effort.rounds; round++) {
    for (const [index, each] of cases.entries()) rounds[index]?.push(await ask(each, effort.seconds));
  }
  const sum = ({ mainUs, workersUs, othersUs }: Asked) => mainUs + workersUs + othersUs;
  for (const [index, { name }] of cases.entries()) {
    const mine = rounds[index] ?? [];
    tell(name, "us", mine.map(sum));
    tell("  main thread", "us", mine.map(({ mainUs }) => mainUs));
    tell("  workers", "us", mine.map(({ workersUs }) => workersUs));
    if (index === 0) continue;
    tell("  whole, against the first", "times", mine.map((each, at) => sum(each) / sum(at0(rounds, at))));
    tell("  main thread, likewise", "times", mine.map((each, at) => each.mainUs / at0(rounds, at).mainUs));
  }
}

function at0(rounds: readonly (readonly Asked[])[], round: number): Asked {
  const first = rounds[0]?.[round];
  if (!first) throw new Error("there was no first case");
  return first;
}

/** See the file's comment. */
export const GROWTH: LifeScenario = {
  name: "growth",
  title: `computing time of a request by the number of deployed services, ${CONNECTIONS} connections`,
  async run(setting, effort, tell) {
    const folders = await deployedFolders(setting.folder, effort.long ? [1, 20, 100, 500] : [1, 20, 100]);
    await using stack = new AsyncDisposableStack();
    const cases: Case[] = [];
    for (const [count, folder] of folders) {
      const berth = stack.use(await startBerth(folder, { idleMs: 0 }));
      cases.push({ name: `one asked, ${count} deployed`, berth, paths: pathsOf(1) });
    }
    await inTurn(cases, effort, tell);
  },
};

/** The others stay awake without a request, and then all are asked. */
export const AWAKE: LifeScenario = {
  name: "awake",
  title: `computing time of a request by the number of services awake, ${CONNECTIONS} connections`,
  async run(setting, effort, tell) {
    const counts = effort.long ? [1, 5, 20, 100] : [1, 5, 20];
    const folders = await deployedFolders(setting.folder, counts);
    await using stack = new AsyncDisposableStack();
    const idle: Case[] = [], used: Case[] = [];
    for (const [count, folder] of folders) {
      const berth = stack.use(await startBerth(folder, { idleMs: 0 }));
      for (const path of pathsOf(count)) await timed(berth.origin + path);
      idle.push({ name: `one asked, ${count} awake`, berth, paths: pathsOf(1) });
      used.push({ name: `${count} asked in turn`, berth, paths: pathsOf(count) });
    }
    await inTurn(idle, effort, tell);
    await inTurn(used, effort, tell);
  },
};

/** Bytes in use after a collection, in MiB. */
async function sizes(berth: BerthProcess): Promise<{ rss: number; host: number; worker: number }> {
  const { host, worker } = await berth.heaps();
  return { rss: memoryOf(berth.pid).rssBytes / MIB, host: host / MIB, worker: worker / MIB };
}

/** One host under load from its start, then compared with one that has just begun. */
export const UPTIME: LifeScenario = {
  name: "uptime",
  title: `a request's cost and the memory at the start and after much use, ${CONNECTIONS} connections`,
  async run(setting, effort, tell) {
    const aim = effort.long ? 5_000_000 : 1_000_000;
    await using old = await startBerth(await newFolder(setting), { idleMs: 0 }, [], { weighed: true });
    await old.deploy("svc-0", helloGuest("hello"));
    const ask = (seconds: number) =>
      measure(effort.load, { server: old, paths: pathsOf(1) }, GET, CONNECTIONS, seconds);
    let { requests } = await ask(5);
    const began = performance.now();
    const all = [await sizes(old)];
    for (let part = 1; part <= PARTS; part++) {
      while (requests < aim * part / PARTS) requests += (await ask(3)).requests;
      all.push(await sizes(old));
    }
    tell("requests", "million", [requests / 1e6]);
    tell("under load for", "seconds", [(performance.now() - began) / 1000]);
    for (const [part, { rss, host, worker }] of all.entries()) {
      const when = part === 0 ? "after 5 s" : `after ${figure(aim * part / PARTS / 1e6)} million`;
      tell(`resident, ${when}`, "MiB", [rss]);
      tell("  heaps: host's thread", "MiB", [host]);
      tell("  worker", "MiB", [worker]);
    }
    await using young = await startBerth(await newFolder(setting), { idleMs: 0 }, [], { weighed: true });
    await young.deploy("svc-0", helloGuest("hello"));
    await inTurn(
      [
        { name: "a request to a new host", berth: young, paths: pathsOf(1) },
        { name: "a request to the old host", berth: old, paths: pathsOf(1) },
      ],
      effort,
      tell,
    );
  },
};
