/** What a module imports and exports, with types: `WebAssembly.Module.imports` gives names only. */
import { prepareError } from "./errors.ts";
import { type ExternKind, functionType, readWasmModule, type WasmModule } from "./module.ts";
import type { FunctionType } from "./types.ts";

/** A thing that a module imports or exports. */
export interface ModuleExtern {
  readonly name: string;
  readonly kind: ExternKind;
  /** The signature of a function; `null` for everything else. */
  readonly type: FunctionType | null;
  /** The type as text, for messages: `(i32, i32) -> i32`, `global mut i32`, `memory`. */
  readonly text: string;
}

/** An import. */
export interface ModuleImport extends ModuleExtern {
  readonly module: string;
}

/** What a module needs and gives. */
export interface ModuleInterface {
  readonly imports: readonly ModuleImport[];
  readonly exports: readonly ModuleExtern[];
  /** Names of its custom sections. */
  readonly customSections: readonly string[];
}

/**
 * Reads the imports and exports of a module, prepared or not.
 * @throws BerthError `module-invalid` when the bytes are no valid module
 */
export function readModule(bytes: Uint8Array<ArrayBuffer>): ModuleInterface {
  if (!WebAssembly.validate(bytes)) {
    throw prepareError("module-invalid", "reading the module's imports: it is not valid WebAssembly");
  }
  const module = readWasmModule(bytes);
  // One text for each type: a hostile module may export one long type a million times.
  const texts = new Map<FunctionType, string>();
  const extern = (name: string, kind: ExternKind, index: number) =>
    readExtern(module, texts, name, kind, index);
  return {
    imports: module.imports.map(({ module: from, name, kind, index }) => ({
      module: from,
      ...extern(name, kind, index),
    })),
    exports: module.exports.map(({ name, kind, index }) => extern(name, kind, index)),
    customSections: module.sections.flatMap(({ id, name }) => id === 0 ? [name] : []),
  };
}

function readExtern(
  module: WasmModule,
  texts: Map<FunctionType, string>,
  name: string,
  kind: ExternKind,
  index: number,
): ModuleExtern {
  if (kind === "function") {
    const type = functionType(module, index);
    const text = texts.get(type) ?? signatureText(type);
    texts.set(type, text);
    return { name, kind, type, text };
  }
  const global = kind === "global" ? module.globals[index] : undefined;
  const text = global ? `global ${global.mutable ? "mut " : ""}${global.type}` : kind;
  return { name, kind, type: null, text };
}

/** A signature as text: `(i32, i32) -> i32`. */
export function signatureText({ params, results }: FunctionType): string {
  const result = results.length === 1 ? results[0] : `(${results.join(", ")})`;
  return `(${params.join(", ")}) -> ${result}`;
}
