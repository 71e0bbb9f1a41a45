/** Bytes that V8 has allocated in a thread since it began, and a worker that tells its own when asked. */
import { RingWriter } from "../../../runtime/worker/ring_writer.ts";
import { replaceWorkerEntry } from "../measure/worker_entry.ts";

/** Where a worker is asked, and where it answers. */
type Cells = Float64Array<SharedArrayBuffer>;

/** Of this thread, since its last collection. */
export function allocatedBytes(): number {
  return Deno.memoryUsage().heapUsed;
}

/** In a worker: with the first frame of the next answer after it was asked. */
export function tellAllocated(cells: Cells): void {
  const { commit } = RingWriter.prototype;
  RingWriter.prototype.commit = function (kind, flags, id, bytes) {
    if (cells[0] === 1) {
      cells[0] = 0;
      cells[1] = allocatedBytes();
    }
    commit.call(this, kind, flags, id, bytes);
  };
}

/** On the host's thread: gives a function that asks the worker of the service that is then used. */
export function askWorkers(): (request: () => Promise<void>) => Promise<number> {
  const cells: Cells = new Float64Array(new SharedArrayBuffer(16));
  replaceWorkerEntry(new URL("./allocated_entry.ts", import.meta.url), { cells });
  return async (request) => {
    cells[0] = 1;
    await request();
    if (cells[0] !== 0) throw new Error("the worker did not tell what it has allocated");
    return cells[1] ?? NaN;
  };
}
