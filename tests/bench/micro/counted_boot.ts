/** Counts in a worker: the first message brings the memory, before the worker's own entry sees it. */
import { installCounters } from "./counters.ts";

globalThis.addEventListener("message", (event) => {
  const { counts } = (event as MessageEvent<{ counts?: Float64Array<SharedArrayBuffer> }>).data;
  if (counts) installCounters(counts);
}, { once: true });
