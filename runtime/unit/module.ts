/** What a module must be to be deployed: everything that could fail at its first request fails here instead. */
import type { Convention, HostFunction } from "../../abi/abi.ts";
import { CAPABILITY_NAMES, type CapabilityName } from "../../capabilities/capability.ts";
import { BERTH_IMPORT_MODULE, STATE_EXPORT_PREFIX } from "../prepared.ts";
import { shown, unitError } from "./errors.ts";
import { importSignatures, type Signature } from "./module_imports.ts";
import { nearest } from "./nearest.ts";

/** Imports that compilers add by default, and how to be without them. */
const KNOWN_ELSEWHERE: readonly { pattern: RegExp; says: string }[] = [
  {
    pattern: /^env\.(abort|seed)$/,
    says: "which AssemblyScript adds: build with `--use abort=` and without Math.random",
  },
  {
    pattern: /^env\.(emscripten_|__cxa_|invoke_)/,
    says: "which Emscripten adds: build with wasi-sdk or `berth build`",
  },
  {
    pattern: /^(\.\/|__wbindgen|wbg\.)/,
    says: "which wasm-bindgen adds: build for wasm32-wasip1 without it",
  },
  { pattern: /^(gojs|go)\./, says: "which Go adds for browsers: build with GOOS=wasip1" },
  {
    pattern: /^wasi_unstable\./,
    says: "which is a draft of WASI from before 2020: build with a current toolchain",
  },
];

/** What the host offers to modules: `HOST_FUNCTIONS` and `CONVENTIONS` of `abi/registry.ts`. */
export interface ModuleOffer {
  readonly functions: readonly HostFunction[];
  readonly conventions: readonly Convention[];
}

/** What is known of a module that passed. */
export interface ModuleFacts {
  /** Its imports, `module.name`. */
  readonly imports: readonly string[];
  /** The capabilities without which some of its imports answer with an error, in the order of the table. */
  readonly capabilities: readonly CapabilityName[];
  /** The convention by which requests reach it. */
  readonly convention: string;
  /** See `Convention.onceOnly`. */
  readonly onceOnly: boolean;
}

const MAGIC = [0x00, 0x61, 0x73, 0x6d];
const KINDS: readonly { starts: readonly number[]; what: string }[] = [
  { starts: [0x7f, 0x45, 0x4c, 0x46], what: "an ELF binary, compiled for this or another machine" },
  { starts: [0x4d, 0x5a], what: "a Windows binary" },
  { starts: [0xcf, 0xfa, 0xed, 0xfe], what: "a macOS binary" },
  { starts: [0x1f, 0x8b], what: "compressed with gzip" },
  { starts: [0x28, 0xb5, 0x2f, 0xfd], what: "compressed with zstd" },
  { starts: [0x50, 0x4b], what: "a zip archive" },
  { starts: [0x42, 0x43, 0xc0, 0xde], what: "LLVM bitcode, not yet linked" },
  { starts: [0x21, 0x3c, 0x61, 0x72], what: "a static library" },
];

/** Checks the first bytes; throws `module-not-wasm` or `module-is-component`, saying what it is instead. */
export function checkMagic(bytes: Uint8Array, path: string): void {
  if (!MAGIC.every((byte, index) => bytes[index] === byte)) {
    throw unitError("module-not-wasm", `${shown(path)} is ${kindOf(bytes)}, not a wasm module`, {
      module: path,
    });
  }
  const version = (bytes[4] ?? 0) | ((bytes[5] ?? 0) << 8);
  const layer = (bytes[6] ?? 0) | ((bytes[7] ?? 0) << 8);
  if (bytes.length >= 8 && layer === 1) {
    throw unitError("module-is-component", `${shown(path)} is a component, and Berth runs core modules`, {
      module: path,
    });
  }
  if (bytes.length < 8 || version !== 1 || layer !== 0) {
    throw unitError("module-not-wasm", `${shown(path)} is cut off or of another version of wasm`, {
      module: path,
    });
  }
}

function kindOf(bytes: Uint8Array): string {
  if (bytes.length === 0) return "empty";
  const kind = KINDS.find(({ starts }) => starts.every((byte, index) => bytes[index] === byte));
  if (kind) return kind.what;
  const start = bytes.subarray(0, 64);
  if (start.every((byte) => byte >= 0x20 && byte < 0x7f || byte === 0x0a || byte === 0x0d || byte === 0x09)) {
    return start[0] === 0x28 ? "wasm in its text form, not yet assembled" : "text";
  }
  return "data of an unknown kind";
}

/** Validates and compiles; throws `module-invalid` with the engine's reason. */
export async function compileModule(
  bytes: Uint8Array<ArrayBuffer>,
  path: string,
): Promise<WebAssembly.Module> {
  try {
    return await WebAssembly.compile(bytes);
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^WebAssembly\.compile\(\): /, "") : "";
    throw unitError("module-invalid", `${shown(path)}: ${reason.slice(0, 300)}`, { module: path });
  }
}

/** Every check on the module itself. Throws the codes `module-…`, `import-…`, `export-…`. */
export async function checkModule(
  bytes: Uint8Array<ArrayBuffer>,
  path: string,
  offer: ModuleOffer,
): Promise<ModuleFacts> {
  checkMagic(bytes, path);
  const module = await compileModule(bytes, path);
  const functions = checkImports(WebAssembly.Module.imports(module), offer.functions);
  checkSignatures(bytes, functions);
  const exports = WebAssembly.Module.exports(module);
  const reserved = exports.find(({ name }) => name.startsWith(STATE_EXPORT_PREFIX));
  if (reserved) throw unitError("export-reserved", `the module exports ${shown(reserved.name)}`);
  const convention = offer.conventions.find((candidate) => candidate.matches(exports));
  if (!convention) throw noConvention(exports, offer.conventions);
  const needed = new Set(functions.map((fn) => fn.capability));
  return {
    imports: functions.map(fullName),
    capabilities: CAPABILITY_NAMES.filter((name) => needed.has(name)),
    convention: convention.name,
    onceOnly: convention.onceOnly ?? false,
  };
}

function checkImports(
  imports: readonly WebAssembly.ModuleImportDescriptor[],
  offered: readonly HostFunction[],
): HostFunction[] {
  const byName = new Map(offered.map((fn) => [fullName(fn), fn]));
  return imports.map((wanted) => {
    const name = fullName(wanted);
    const fn = byName.get(name);
    if (fn && wanted.kind === "function") return fn;
    throw unknownImport(wanted, name, offered);
  });
}

function unknownImport(
  wanted: WebAssembly.ModuleImportDescriptor,
  name: string,
  offered: readonly HostFunction[],
): Error {
  const data = { import: name, kind: wanted.kind };
  const what = `the module imports the ${wanted.kind} ${shown(name)}`;
  if (wanted.module === BERTH_IMPORT_MODULE) {
    return unitError("import-unknown", `${what}, which is reserved for the host`, data);
  }
  if (wanted.kind !== "function") {
    return unitError("import-unknown", `${what}; hosts give functions only: define it in the module`, data);
  }
  const known = KNOWN_ELSEWHERE.find(({ pattern }) => pattern.test(name));
  if (known) return unitError("import-unknown", `${what}, ${known.says}`, data);
  const modules = [...new Set(offered.map((fn) => fn.module))];
  const sameModule = offered.filter((fn) => fn.module === wanted.module);
  const guess = nearest(wanted.name, sameModule.map((fn) => fn.name)) ??
    nearest(name, offered.map(fullName));
  if (guess !== undefined) {
    return unitError("import-unknown", `${what}, which does not exist; did you mean "${guess}"?`, data);
  }
  const elsewhere = offered.find((fn) => fn.name === wanted.name);
  const hint = elsewhere
    ? `"${elsewhere.name}" is offered as ${fullName(elsewhere)}`
    : `functions are offered from ${modules.map((module) => `"${module}"`).join(", ")}`;
  return unitError("import-unknown", `${what}, which does not exist; ${hint}`, data);
}

function checkSignatures(bytes: Uint8Array, functions: readonly HostFunction[]): void {
  const signatures = importSignatures(bytes);
  functions.forEach((fn, index) => {
    const found = signatures?.[index];
    if (!found) return;
    const forms = [fn.parameters.map(({ type }) => type), ...(fn.earlierForms ?? [])]
      .map((parameters) => spell({ parameters, results: fn.results }));
    if (forms.includes(spell(found))) return;
    throw unitError(
      "import-mismatch",
      `the module imports "${fullName(fn)}" as ${spell(found)}; it is ${forms.join(", or ")}`,
      { import: fullName(fn) },
    );
  });
}

function spell({ parameters, results }: Signature): string {
  const list = (types: readonly (string | null)[]) => types.map((type) => type ?? "?").join(", ");
  return `(${list(parameters)}) -> (${list(results)})`;
}

function noConvention(
  exports: readonly WebAssembly.ModuleExportDescriptor[],
  conventions: readonly Convention[],
): Error {
  const names = exports.filter(({ kind }) => kind === "function").map(({ name }) => name).slice(0, 12);
  const list = names.length === 0 ? "no functions" : names.map(shown).join(", ");
  const known = conventions.map(({ name }) => name).join(", ");
  return unitError(
    "export-missing",
    `the module exports ${list}: that is none of the conventions by which it could be called (${known})`,
    { exports: names },
  );
}

function fullName(item: { readonly module: string; readonly name: string }): string {
  return `${item.module}.${item.name}`;
}
