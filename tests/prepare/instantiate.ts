/** Instances of any module, prepared or not, with imports that do nothing. */
import { PLAN_SECTION, preparedPlan } from "../../runtime/prepared.ts";
import { createInterruptMemory, interruptImports } from "../../runtime/worker/interrupt.ts";

/** What an instance exports. */
export type Exports = WebAssembly.Exports;

/** An instance and the word that stops it. */
export interface AnyInstance {
  readonly exports: Exports;
  readonly word: WebAssembly.Memory;
}

/** Makes an instance; `imports` fill in over functions that give 0. */
export function instantiateAny(
  source: Uint8Array<ArrayBuffer> | WebAssembly.Module,
  imports: Record<string, Record<string, unknown>> = {},
  word = createInterruptMemory(),
): AnyInstance {
  const module = source instanceof WebAssembly.Module ? source : new WebAssembly.Module(source);
  const all: Record<string, Record<string, unknown>> = {};
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
    const group = all[from] ??= {};
    if (kind === "function") group[name] = () => 0;
  }
  for (const [from, group] of Object.entries(imports)) Object.assign(all[from] ??= {}, group);
  if (WebAssembly.Module.customSections(module, PLAN_SECTION).length > 0) {
    Object.assign(all, interruptImports(word, preparedPlan(module)));
  }
  const instance = new WebAssembly.Instance(module, all as unknown as WebAssembly.Imports);
  const { _initialize } = instance.exports;
  if (typeof _initialize === "function") _initialize();
  return { exports: instance.exports, word };
}
