/** Resident memory of a host by the number of its services, idle and asleep. */
import { helloGuest } from "../guests/guests.ts";
import { type LifeScenario, newFolder, timed, until } from "../lifecycle.ts";
import { denoArgs, startServer } from "../measure/process.ts";
import { memoryOf } from "../measure/proc.ts";
import { type BerthProcess, startBerth } from "../subjects/berth_process.ts";

const MIB = 2 ** 20;
/** Until V8 has put away what the start left behind. */
const SETTLE_MS = 1_500;
/** V8 keeps the pages of heaps that ended, for the next one, and gives them back after up to half a minute. */
const POOL_MS = 35_000;

async function settledMib(pid: number, settleMs = SETTLE_MS): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, settleMs));
  return memoryOf(pid).rssBytes / MIB;
}

/** Seen from outside: the host would load its management to tell. */
function hasWorkers(pid: number): boolean {
  if (Deno.build.os !== "linux") return false; // nothing is known of memory there either
  return [...Deno.readDirSync(`/proc/${pid}/task`)].some(({ name }) => {
    try {
      return Deno.readTextFileSync(`/proc/${pid}/task/${name}/comm`).startsWith("worker-");
    } catch {
      return false; // it has just ended
    }
  });
}

async function wakeAll(berth: BerthProcess, count: number): Promise<void> {
  for (let index = 0; index < count; index++) await timed(`${berth.origin}/api/svc-${index}`);
}

interface Sizes {
  readonly asleep: number;
  readonly idle: number;
  readonly asleepAgain: number;
}

/** A host with so many deployed services: before any is used, with all awake, with all asleep again. */
async function measure(folder: string, count: number): Promise<Sizes> {
  const sizes = { asleep: 0, idle: 0, asleepAgain: 0 };
  {
    await using berth = await startBerth(folder, { idleMs: 0 });
    sizes.asleep = await settledMib(berth.pid);
    await wakeAll(berth, count);
    sizes.idle = await settledMib(berth.pid);
  }
  await using berth = await startBerth(folder, { idleMs: 200 });
  await wakeAll(berth, count);
  await until("all asleep", () => Promise.resolve(!hasWorkers(berth.pid)));
  sizes.asleepAgain = await settledMib(berth.pid, POOL_MS);
  return sizes;
}

/** See the file's comment. */
export const MEMORY: LifeScenario = {
  name: "memory",
  title: "resident memory",
  async run(setting, { rounds, long }, tell) {
    const counts = long ? [1, 20, 200] : [1, 20];
    const folder = await newFolder(setting);
    let there = 0;
    let one: Sizes[] = [];
    {
      const bare = await startServer(Deno.execPath(), denoArgs("bare.ts", ["deno", "hello", "{}"]));
      tell("Deno.serve", "MiB", [await settledMib(bare.pid)]);
      await bare[Symbol.asyncDispose]();
    }
    for (const count of counts) {
      {
        // Deployed to a sleeping host: the memory of deploying is not what is measured.
        await using berth = await startBerth(folder, { idleMs: 200 });
        for (; there < count; there++) await berth.deploy(`svc-${there}`, helloGuest(`hello ${there}`));
      }
      const sizes: Sizes[] = [];
      for (let round = 0; round < (count > 20 ? 1 : Math.min(3, rounds)); round++) {
        sizes.push(await measure(folder, count));
      }
      for (const key of ["asleep", "idle", "asleepAgain"] as const) {
        const names = { asleep: "not yet used", idle: "idle", asleepAgain: "asleep again" };
        tell(`${count} services, ${names[key]}`, "MiB", sizes.map((each) => each[key]));
        if (count === 1) continue;
        const each = sizes.map((size, at) =>
          (size[key] - (one[at % one.length]?.[key] ?? NaN)) / (count - 1)
        );
        tell(`  each further one`, "MiB", each);
      }
      if (count === 1) one = sizes;
    }
  },
};
