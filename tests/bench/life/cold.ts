/** How long the first request to a sleeping service takes, and a deploy. */
import { helloGuest, paddedGuest } from "../guests/guests.ts";
import { type LifeScenario, newFolder, timed, until } from "../lifecycle.ts";
import { startBerth } from "../subjects/berth_process.ts";

const IDLE_MS = 100;
const SIZES = [["tiny", 0], ["100 KB", 100_000], ["2 MB", 2_000_000]] as const;

/** First request to a service scaled to zero. */
export const COLD: LifeScenario = {
  name: "cold",
  title: "first request to a service scaled to zero",
  async run(setting, { rounds }, tell) {
    await using berth = await startBerth(await newFolder(setting), { idleMs: IDLE_MS });
    const all = SIZES.map(([size, bytes], index) => ({
      size,
      bytes,
      name: `cold-${index}`,
      times: [] as number[],
    }));
    for (const { name, bytes } of all) {
      await berth.deploy(name, bytes === 0 ? helloGuest("hello") : paddedGuest(bytes));
    }
    const asleep = async () => [...(await berth.states()).values()].every((state) => state === "asleep");
    for (let round = 0; round < Math.max(8, rounds * 3); round++) {
      for (const { name, times } of all) {
        await until("all services asleep", asleep);
        times.push(await timed(`${berth.origin}/api/${name}`));
      }
    }
    for (const { size, times } of all) tell(`cold start, ${size}`, "ms", times);
    await using warm = await startBerth(await newFolder(setting), { idleMs: 0 });
    await warm.deploy("warm", helloGuest("hello"));
    const times: number[] = [];
    for (let round = 0; round < 50; round++) times.push(await timed(`${warm.origin}/api/warm`));
    tell("the same client, a service awake", "ms", times.slice(10));
  },
};

/** Upload, check, preparation, start. */
export const DEPLOY: LifeScenario = {
  name: "deploy",
  title: "deploy over HTTP until the service answers",
  async run(setting, { rounds }, tell) {
    await using berth = await startBerth(await newFolder(setting), { idleMs: 0 });
    const tiny: number[] = [], middle: number[] = [], large: number[] = [], again: number[] = [];
    for (let round = 0; round < rounds; round++) {
      // Every module differs, so that nothing of it was prepared before.
      tiny.push(await berth.deploy(`tiny-${round}`, helloGuest(`hello ${round}`)));
      middle.push(await berth.deploy(`middle-${round}`, paddedGuest(100_000 + round * 500)));
      const module = paddedGuest(2_000_000 + round * 500);
      large.push(await berth.deploy(`large-${round}`, module));
      again.push(await berth.deploy(`large-${round}`, module));
    }
    tell("deploy, tiny", "ms", tiny);
    tell("deploy, 100 KB", "ms", middle);
    tell("deploy, 2 MB", "ms", large);
    tell("deploy, 2 MB known before", "ms", again);
  },
};
