/** Twenty services under mixed load, with deploys and failures: nothing grows. */
import { assertEquals } from "@std/assert";
import { handler } from "../guests/wat.ts";
import { pack } from "../host/harness.ts";
import { HostProcess } from "./host_process.ts";
import { keeper } from "./keeper.ts";

/** The host's process at one moment. */
export interface Vitals {
  readonly rssMiB: number;
  readonly descriptors: number;
  readonly threads: number;
  /** p99 since the last look (ms). */
  readonly p99Ms: number;
  readonly requests: number;
  readonly deploys: number;
}

const SERVICES = 20;
const CLIENTS = 8;
const DEPLOY_EVERY_MS = 500;

/** What a service's guest does, by its number: most answer, some store, trap, spin, or grow. */
function module(index: number, n: number): Uint8Array<ArrayBuffer> {
  const answer = `svc-${index} ${n}`;
  switch (index % 5) {
    case 1:
      return keeper(answer);
    case 2:
      return handler({ answer, body: "(unreachable)" });
    case 3:
      return handler({ answer, body: "(loop $again (br $again))" });
    case 4:
      return handler({ answer, pages: [2, 64], body: "(drop (memory.grow (i32.const 40))) (call $send)" });
    default:
      return handler({ answer });
  }
}

/** What each kind answers with. */
const STATUS = [200, 200, 500, 504, 200] as const;

function deploy(host: HostProcess, index: number, n: number): Promise<void> {
  const manifest = { version: `1.0.${n}`, capabilities: { storage: true }, limits: { wallMaxMs: 50 } };
  return pack(`svc-${index}`, module(index, n), index % 5 === 3 ? manifest : { ...manifest, limits: {} })
    .then((tar) => host.deploy(tar)).then(({ status, text }) => assertEquals(status, 201, text));
}

/** Runs for so long, tells the vitals that often; a wrong answer throws. */
export async function soak(
  seconds: number,
  looks: number,
  told: (vitals: Vitals) => void,
): Promise<Vitals[]> {
  const folder = await Deno.makeTempDir({ prefix: "berth-test-" });
  await using host = await HostProcess.start(folder);
  for (let index = 0; index < SERVICES; index++) await deploy(host, index, 0);
  let going = true, requests = 0, deploys = 0;
  let took: number[] = [];
  const client = async () => {
    while (going) {
      const index = Math.floor(Math.random() * SERVICES);
      const started = performance.now();
      const { status, text } = await host.call(`/api/svc-${index}/x`);
      const wanted = STATUS[index % 5];
      if (status !== wanted) throw new Error(`svc-${index} answered ${status} instead of ${wanted}: ${text}`);
      // What is stopped by its limit takes that long.
      if (index % 5 !== 3) took.push(performance.now() - started);
      requests++;
    }
  };
  const deployer = async () => {
    for (let n = 1; going; n++, deploys++) {
      await deploy(host, Math.floor(Math.random() * SERVICES), n);
      await new Promise((resolve) => setTimeout(resolve, DEPLOY_EVERY_MS));
    }
  };
  const work = Promise.all([deployer(), ...Array.from({ length: CLIENTS }, client)]);
  const seen: Vitals[] = [];
  for (let look = 0; look < looks; look++) {
    await Promise.race([work, new Promise((resolve) => setTimeout(resolve, seconds * 1000 / looks))]);
    took.sort((a, b) => a - b);
    const p99Ms = Math.round((took[Math.floor(took.length * 0.99)] ?? NaN) * 10) / 10;
    took = [];
    seen.push({ ...await processVitals(host.child.pid), p99Ms, requests, deploys });
    told(seen.at(-1) as Vitals); // just pushed
  }
  going = false;
  await work;
  await host.kill();
  await Deno.remove(folder, { recursive: true });
  return seen;
}

async function processVitals(pid: number) {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  const number = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? NaN);
  let descriptors = 0;
  for await (const _ of Deno.readDir(`/proc/${pid}/fd`)) descriptors++;
  return { rssMiB: Math.round(number("VmRSS") / 1024), threads: number("Threads"), descriptors };
}
