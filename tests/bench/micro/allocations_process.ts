/**
 * What a request allocates on V8's heaps, and how often it reads files: prints JSON.
 *
 * Run with `--v8-flags=--no-opt,--no-maglev`: which allocations a compiler saves depends on when it gets its turn;
 * without one they are the same every time. Shared state and one request after the other, as for the other counts.
 */
import { testHost } from "../../host/harness.ts";
import {
  BODY_IN_BYTES,
  bodyInGuest,
  bodyOutGuest,
  ECHO_BYTES,
  echoGuest,
  FILE_BYTES,
  FILE_NAME,
  fileGuest,
  helloGuest,
  programGuest,
  storageReadGuest,
  storageWriteGuest,
} from "../guests/guests.ts";
import { quantile } from "../measure/stats.ts";
import { allocatedBytes, askWorkers } from "./allocated.ts";

const WARM_UP_COUNT = 150;
/** The middle of many short spans: in some V8 collects. */
const SPANS = 25;
const SPAN_COUNT = 10;
const READS_COUNT = 60;
/** Without waits for the disk, during which timers look. */
const QUICK = { durability: "process-crash" };

function posted(bytes: number): RequestInit {
  return { method: "POST", body: "x".repeat(bytes), headers: { "content-length": String(bytes) } };
}

/** For one request. */
export interface Allocations {
  /** On the heap of the host's thread; the test's own request and answer are in it. */
  readonly hostBytes: number;
  readonly workerBytes: number;
  /** Calls that read a file. */
  readonly reads: number;
}

interface Kind {
  readonly module: Uint8Array;
  readonly init?: RequestInit;
  readonly capabilities?: Record<string, unknown>;
}

function kinds(folder: string): Readonly<Record<string, Kind>> {
  const mounts = [{ guest: "/data", host: folder }];
  return {
    hello: { module: helloGuest("hello") },
    echo: { module: echoGuest(), init: posted(ECHO_BYTES) },
    "body-in": { module: bodyInGuest(), init: posted(BODY_IN_BYTES) },
    "body-out": { module: bodyOutGuest() },
    "storage-read": { module: storageReadGuest("key"), capabilities: { storage: true } },
    "storage-write": { module: storageWriteGuest("key"), capabilities: { clock: true, storage: QUICK } },
    file: { module: fileGuest(), capabilities: { files: { mounts } } },
    program: { module: programGuest("hello") },
  };
}

/** How often this process has called `read` and its likes; sockets have calls of their own. `NaN` where there is no /proc. */
function readCalls(): number {
  try {
    return Number(/^syscr: (\d+)/m.exec(Deno.readTextFileSync("/proc/self/io"))?.[1] ?? NaN);
  } catch {
    return NaN;
  }
}

/** The middle one of those in which V8 did not collect. */
function middle(values: readonly number[]): number {
  return quantile(values.filter((value) => value > 0), 0.5);
}

async function main(): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "berth-test-" });
  Deno.writeTextFileSync(`${folder}/${FILE_NAME}`, "x".repeat(FILE_BYTES));
  const workerAllocated = askWorkers();
  await using test = await testHost({ idleMs: 0 });
  const found: Record<string, Allocations> = {};
  for (const [name, { module, init, capabilities }] of Object.entries(kinds(folder))) {
    const state = name === "program" ? "fresh" : "shared";
    await test.deploy(name, module, { state, ...(capabilities ? { capabilities } : {}) });
    const ask = async () => {
      const answer = await test.call(`/api/${name}`, { ...init });
      if (answer.status !== 200) throw new Error(`${name} answered ${answer.status}: ${await answer.text()}`);
      await answer.bytes();
    };
    for (let time = 0; time < WARM_UP_COUNT; time++) await ask();
    const before = readCalls();
    for (let time = 0; time < READS_COUNT; time++) await ask();
    const reads = (readCalls() - before) / READS_COUNT;
    const spans: { host: number; worker: number }[] = [];
    let workerBefore = await workerAllocated(ask);
    for (let span = 0; span < SPANS; span++) {
      const hostBefore = allocatedBytes();
      for (let time = 1; time < SPAN_COUNT; time++) await ask();
      const workerNow = await workerAllocated(ask);
      spans.push({ host: allocatedBytes() - hostBefore, worker: workerNow - workerBefore });
      workerBefore = workerNow;
    }
    const perRequest = (values: readonly number[]) => Math.round(middle(values) / SPAN_COUNT);
    found[name] = {
      hostBytes: perRequest(spans.map(({ host }) => host)),
      workerBytes: perRequest(spans.map(({ worker }) => worker)),
      reads: Math.round(reads),
    };
    await test.host.remove(`api-${name}`);
  }
  await Deno.remove(folder, { recursive: true });
  console.log(`\n${JSON.stringify(found)}`);
}

if (import.meta.main) await main();
