/** Rolling updates under constant load: every request gets an answer of one version or the next. */
import { assertEquals } from "@std/assert";
import { handler } from "../guests/wat.ts";
import { pack } from "../host/harness.ts";
import { HostProcess } from "./host_process.ts";

/** What was seen. */
export interface RollingReport {
  readonly updates: number;
  readonly requests: number;
  /** What was answered instead of a version; none is the aim. */
  readonly failures: readonly string[];
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly worstMs: number;
}

const CLIENTS = 16;
/** A request takes so long in the guest, so that each update finds some under way. */
const SPIN_ROUNDS = 200_000;

const version = (n: number) =>
  pack(
    "roll",
    handler({
      answer: `version ${n}`,
      body: `(local $i i32)
        (loop $again
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br_if $again (i32.lt_u (local.get $i) (i32.const ${SPIN_ROUNDS}))))
        (call $send)`,
    }),
    { version: `1.0.${n}`, workers: 2, health: { path: "/" } },
  );

/** Updates as often as asked while clients ask without a pause. */
export async function rollingUpdates(updates: number): Promise<RollingReport> {
  const folder = await Deno.makeTempDir({ prefix: "berth-test-" });
  await using host = await HostProcess.start(folder);
  assertEquals((await host.deploy(await version(0))).status, 201);
  const took: number[] = [];
  const failures: string[] = [];
  let going = true;
  let oldest = 0; // the version that was acknowledged last before a request was sent
  const client = async () => {
    while (going) {
      const least = oldest;
      const started = performance.now();
      const { status, text } = await host.call("/api/roll").catch((error) => ({
        status: 0,
        text: String(error),
      }));
      took.push(performance.now() - started);
      const answered = Number(/^version (\d+)$/.exec(text)?.[1] ?? NaN);
      if (status !== 200 || !(answered >= least)) failures.push(`${status} ${text} after version ${least}`);
    }
  };
  const clients = Array.from({ length: CLIENTS }, client);
  for (let n = 1; n <= updates; n++) {
    const deployed = await host.deploy(await version(n));
    assertEquals(deployed.status, 201, deployed.text);
    oldest = n;
  }
  going = false;
  await Promise.all(clients);
  await host.kill();
  await Deno.remove(folder, { recursive: true });
  took.sort((a, b) => a - b);
  const at = (part: number) => Math.round((took[Math.floor(part * (took.length - 1))] ?? NaN) * 10) / 10;
  return { updates, requests: took.length, failures, p50Ms: at(0.5), p99Ms: at(0.99), worstMs: at(1) };
}
