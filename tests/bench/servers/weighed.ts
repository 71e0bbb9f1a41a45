/**
 * The heaps of a host's threads, told in a file: each side collects its garbage now and then and writes down what is
 * left. Only for the scenario that asks for it: collections cost time.
 */
import { RingWriter } from "../../../runtime/worker/ring_writer.ts";
import { replaceWorkerEntry } from "../measure/worker_entry.ts";

/** So many answers lie between two looks of a worker. */
const EVERY_ANSWERS = 50_000;

declare const gc: () => void; // with `--v8-flags=--expose-gc`

/** Bytes of this thread's heap that are in use. */
export function heapBytes(): number {
  gc();
  return Deno.memoryUsage().heapUsed;
}

/** In a worker: looks every so many answers, and writes into memory that the host's thread reads. */
export function weighWorker(weight: Float64Array<SharedArrayBuffer>): void {
  const { commit } = RingWriter.prototype;
  let answers = 0;
  RingWriter.prototype.commit = function (...args) {
    commit.apply(this, args);
    if (++answers % EVERY_ANSWERS === 0) weight[0] = heapBytes();
  };
}

/** On the host's thread: its workers weigh themselves; gives the memory in which the last one to look wrote. */
export function weighWorkers(): Float64Array<SharedArrayBuffer> {
  const weight = new Float64Array(new SharedArrayBuffer(8));
  replaceWorkerEntry(new URL("./weighed_entry.ts", import.meta.url), { weight });
  return weight;
}
