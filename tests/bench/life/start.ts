/** How long a host takes to listen, and whether waking services holds up another's requests. */
import { helloGuest } from "../guests/guests.ts";
import { type LifeScenario, newFolder, timed } from "../lifecycle.ts";
import { denoArgs, startServer } from "../measure/process.ts";
import { quantile } from "../measure/stats.ts";
import { startBerth } from "../subjects/berth_process.ts";

const SERVICES_COUNT = 20;

async function deployed(folder: string, count: number): Promise<string> {
  await using berth = await startBerth(folder, { idleMs: 0 });
  for (let index = 0; index < count; index++) {
    await berth.deploy(`svc-${index}`, helloGuest(`hello ${index}`));
  }
  return folder;
}

/** From the start of the process to listening. */
export const START: LifeScenario = {
  name: "start",
  title: "start of the process to listening",
  async run(setting, { rounds }, tell) {
    const none = await deployed(await newFolder(setting), 0);
    const many = await deployed(await newFolder(setting), SERVICES_COUNT);
    const bare: number[] = [], hono: number[] = [], empty: number[] = [], full: number[] = [];
    const first: number[] = [];
    for (let round = 0; round < Math.max(5, rounds); round++) {
      for (const [kind, times] of [["deno", bare], ["hono", hono]] as const) {
        await using server = await startServer(Deno.execPath(), denoArgs("bare.ts", [kind, "hello", "{}"]));
        times.push(server.startMs);
      }
      for (const [folder, times] of [[none, empty], [many, full]] as const) {
        await using berth = await startBerth(folder);
        times.push(berth.startMs);
        if (times === full) first.push(await timed(`${berth.origin}/api/svc-0`));
      }
    }
    tell("Deno.serve listens", "ms", bare);
    tell("Hono listens", "ms", hono);
    tell("Berth listens, nothing deployed", "ms", empty);
    tell(`Berth listens, ${SERVICES_COUNT} deployed`, "ms", full);
    tell("the first request after that", "ms", first);
  },
};

/** All services get their first request at once, while another one is asked again and again. */
export const WAKE: LifeScenario = {
  name: "wake",
  title: `${SERVICES_COUNT} sleeping services woken at once, while another is in use`,
  async run(setting, { rounds }, tell) {
    const folder = await deployed(await newFolder(setting), SERVICES_COUNT);
    const worst: number[] = [], typical: number[] = [], whole: number[] = [];
    for (let round = 0; round < rounds; round++) {
      await using berth = await startBerth(folder);
      const used = `${berth.origin}/api/svc-0`;
      for (let warm = 0; warm < 20; warm++) await timed(used);
      const others = Array.from(
        { length: SERVICES_COUNT - 1 },
        (_, index) => `${berth.origin}/api/svc-${index + 1}`,
      );
      const began = performance.now();
      let open = true;
      const waking = Promise.all(others.map(timed)).then(() => {
        open = false;
        whole.push(performance.now() - began);
      });
      const times: number[] = [];
      while (open) times.push(await timed(used));
      await waking;
      worst.push(Math.max(...times));
      typical.push(quantile(times, 0.5));
    }
    tell("all answered", "ms", whole);
    tell("the other service, median", "ms", typical);
    tell("the other service, worst", "ms", worst);
  },
};
