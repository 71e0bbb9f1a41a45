/** How many rounds of the compute guest take a given time on this machine. */
import { assemble } from "../../guests/wat.ts";
import { computeFunction } from "../guests/guests.ts";

const TRIED_ROUNDS = 2_000_000;

/** Rounds for so many milliseconds. */
export function calibrate(ms: number): number {
  const module = new WebAssembly.Module(assemble(`(module ${computeFunction(TRIED_ROUNDS)})`));
  const { compute } = new WebAssembly.Instance(module).exports;
  const times = Array.from({ length: 15 }, () => {
    const began = performance.now();
    (compute as () => number)();
    return performance.now() - began;
  });
  // The quickest: whatever else the machine did made the others slower.
  return Math.round(TRIED_ROUNDS * ms / Math.min(...times));
}
