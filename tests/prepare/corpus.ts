/** Modules found in a folder, and what must be the same of a module before and after preparation. */
import { createHash } from "node:crypto";
import { join } from "@std/path";
import {
  BERTH_IMPORT_MODULE,
  MEMORY_IMPORT_MODULE,
  preparedPlan,
  STATE_EXPORT_PREFIX,
} from "../../runtime/prepared.ts";

/** Every different wasm module in a folder, links not followed. `seen` holds digests. */
export function* eachWasm(
  folder: string,
  seen: Set<string>,
): Generator<{ readonly name: string; readonly bytes: Uint8Array<ArrayBuffer> }> {
  for (const entry of Deno.readDirSync(folder)) {
    const name = join(folder, entry.name);
    if (entry.isDirectory) yield* eachWasm(name, seen);
    else if (entry.isFile && /\.wasm$/.test(entry.name)) {
      const bytes = Deno.readFileSync(name);
      const digest = createHash("sha256").update(bytes).digest("hex");
      if (seen.has(digest)) continue;
      seen.add(digest);
      yield { name, bytes };
    }
  }
}

const text = (value: unknown) => JSON.stringify(value);

/** Empty when V8 accepts the prepared module and it imports and exports what the original does. */
export function compareShapes(original: Uint8Array<ArrayBuffer>, prepared: Uint8Array<ArrayBuffer>): string {
  const before = new WebAssembly.Module(original);
  let after: WebAssembly.Module;
  try {
    after = new WebAssembly.Module(prepared);
  } catch (error) {
    return String(error);
  }
  const imports = WebAssembly.Module.imports(after).filter(({ module }) =>
    module !== BERTH_IMPORT_MODULE && module !== MEMORY_IMPORT_MODULE
  );
  if (text(imports) !== text(WebAssembly.Module.imports(before))) return "the imports differ";
  const exports = WebAssembly.Module.exports(after).filter(({ name }) =>
    !name.startsWith(STATE_EXPORT_PREFIX)
  );
  if (text(exports) !== text(WebAssembly.Module.exports(before))) return "the exports differ";
  for (const name of ["name", "producers", "target_features"]) {
    const custom = (module: WebAssembly.Module) =>
      WebAssembly.Module.customSections(module, name).map((section) => [...new Uint8Array(section)]);
    if (text(custom(before)) !== text(custom(after))) return `the section ${name} differs`;
  }
  return preparedPlan(after).version > 0 ? "" : "the plan is missing";
}
