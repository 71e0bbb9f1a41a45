/** Counts in a worker: the first message brings the memory. */
import { onFirstMessage } from "../measure/worker_entry.ts";
import { installCounters } from "./counters.ts";

onFirstMessage(({ counts }) => installCounters(counts as Float64Array<SharedArrayBuffer>)); // see `countRequests`
