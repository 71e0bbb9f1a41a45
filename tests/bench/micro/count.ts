/** Counts for each request, by kind of request, on the host's thread and in the worker. */
import { testHost } from "../../host/harness.ts";
import {
  BODY_IN_BYTES,
  bodyInGuest,
  bodyOutGuest,
  ECHO_BYTES,
  echoGuest,
  helloGuest,
} from "../guests/guests.ts";
import { replaceWorkerEntry } from "../measure/worker_entry.ts";
import { type Count, COUNTED, createCounts, installCounters } from "./counters.ts";

/** Counts for one request. */
export type Counts = Readonly<Record<Count, number>>;

/** Counts of one kind of request. */
export interface RequestCounts {
  readonly host: Counts;
  readonly worker: Counts;
}

const WARM_UP_COUNT = 30;
const MEASURED_COUNT = 100;

/** As it comes from a socket, with its length. */
function posted(bytes: number): RequestInit {
  return { method: "POST", body: "x".repeat(bytes), headers: { "content-length": String(bytes) } };
}

const REQUESTS = {
  hello: { module: () => helloGuest("hello"), init: {} },
  echo: { module: echoGuest, init: posted(ECHO_BYTES) },
  "body-in": { module: bodyInGuest, init: posted(BODY_IN_BYTES) },
  "body-out": { module: bodyOutGuest, init: {} },
} as const satisfies Record<string, { module: () => Uint8Array; init: RequestInit }>;

/** A kind of request that is counted. */
export type RequestKind = keyof typeof REQUESTS;

/** Their names. */
export const REQUEST_KINDS: readonly RequestKind[] = ["hello", "echo", "body-in", "body-out"];

/** Counts all kinds. One request at a time, shared state: nothing depends on who is quicker. */
export async function countRequests(): Promise<Record<RequestKind, RequestCounts>> {
  const [host, worker] = [createCounts(), createCounts()];
  replaceWorkerEntry(new URL("./counted_entry.ts", import.meta.url), { counts: worker });
  installCounters(host);
  const found: Partial<Record<RequestKind, RequestCounts>> = {};
  await using test = await testHost({ idleMs: 0 });
  for (const kind of REQUEST_KINDS) {
    const { module, init } = REQUESTS[kind];
    await test.deploy(kind, module(), { state: "shared" });
    const ask = async (times: number) => {
      for (let time = 0; time < times; time++) {
        const answer = await test.call(`/api/${kind}`, { ...init });
        if (answer.status !== 200) {
          throw new Error(`${kind} answered ${answer.status}: ${await answer.text()}`);
        }
        await answer.bytes();
      }
    };
    await ask(WARM_UP_COUNT);
    const before = [host.slice(), worker.slice()];
    await ask(MEASURED_COUNT);
    found[kind] = { host: each(host, before[0]), worker: each(worker, before[1]) };
    await test.host.remove(`api-${kind}`);
  }
  return found as Record<RequestKind, RequestCounts>; // every kind was gone through
}

function each(after: Float64Array, before: Float64Array | undefined): Counts {
  const entries = COUNTED.map((name, index) => {
    const counted = ((after[index] ?? 0) - (before?.[index] ?? 0)) / MEASURED_COUNT;
    return [name, Math.round(counted * 100) / 100];
  });
  return Object.fromEntries(entries) as Counts;
}
