/** Measures what requests allocate, in a process whose code is never optimised. */
import { runForJson } from "../load/load.ts";
import type { Allocations } from "./allocations_process.ts";

/** By kind of request. */
export type AllocationsByKind = Readonly<Record<string, Allocations>>;

/** See {@link Allocations}. */
export async function countAllocations(): Promise<AllocationsByKind> {
  const path = (name: string) => decodeURIComponent(new URL(name, import.meta.url).pathname);
  const args = ["run", "-A", "--no-check", "--quiet", "--v8-flags=--no-opt,--no-maglev", "--config"];
  const script = [path("../../../deno.json"), path("./allocations_process.ts")];
  return await runForJson(Deno.execPath(), [...args, ...script]) as AllocationsByKind;
}
