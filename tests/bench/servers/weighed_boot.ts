/** The first message brings the memory, before the worker's own entry sees it. */
import { weighWorker } from "./weighed.ts";

globalThis.addEventListener("message", (event) => {
  const { weight } = (event as MessageEvent<{ weight?: Float64Array<SharedArrayBuffer> }>).data;
  if (weight) weighWorker(weight);
}, { once: true });
