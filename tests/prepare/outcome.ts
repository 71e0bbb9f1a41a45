/** What calling an export comes to, in a form that can be compared. */
import { createHash } from "node:crypto";
import type { Exports } from "./instantiate.ts";

/** Calls an export: its result or trap, and what the memory then holds. */
export function outcome(exports: Exports, name: string, args: readonly (number | bigint)[]): string {
  const fn = exports[name];
  let result: string;
  try {
    if (typeof fn !== "function") throw new TypeError(`no function ${name}`);
    const value: unknown = fn(...args);
    result = Object.is(value, -0) ? "-0" : Array.isArray(value) ? value.map(String).join() : String(value);
  } catch (error) {
    result = String(error);
  }
  const { memory } = exports;
  if (!(memory instanceof WebAssembly.Memory)) return result;
  return `${result} ${createHash("sha256").update(new Uint8Array(memory.buffer)).digest("hex").slice(0, 16)}`;
}
