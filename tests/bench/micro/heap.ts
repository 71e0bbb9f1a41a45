/** V8's heap, exactly: garbage is collected when asked. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Gives a function that collects this thread's garbage and tells the bytes that are left. */
export function collector(): () => number {
  setFlagsFromString("--expose-gc"); // for contexts that are made from now on
  const gc: unknown = runInNewContext("gc");
  if (typeof gc !== "function") throw new TypeError("V8 gave no gc()");
  return () => {
    gc();
    gc();
    return Deno.memoryUsage().heapUsed;
  };
}
