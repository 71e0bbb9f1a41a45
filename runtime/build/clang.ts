/** C and C++ with the clang that npm ships as wasm: nothing to install, the system headers inside. */
import type { Cache } from "./cache.ts";
import { type Project, translationUnits } from "./project.ts";
import { fingerprint, readSdk, type SourceFile } from "./source.ts";
import { type FileTree, putFile, type Runner, type ToolReply } from "./tool.ts";

/** The version of the compiler that deno.json pins; part of every cache key. */
export const CLANG_VERSION = "22.0.0-git20542-10";

const SDK_AT = "berth-sdk";
const PREFIX = "berth-prefix.hpp";
const PREFIX_TEXT = "#include <berth/berth.hpp>\n";
const OUTPUT = "berth-module.wasm";
/**
 * Below the data, so that a deep recursion traps instead of writing over it. With {@link HEAP_BYTES} and 8 KiB of data it
 * fills three pages of 64 KiB; a fourth would be put back after each request.
 */
const STACK_BYTES = 56 << 10;
/**
 * There from the start. A memory that grew cannot be put back after its request, and a new instance costs some forty
 * times more: a request with a body of 64 KiB should not need one. Every request pays for putting all of it back, a
 * microsecond for 32 KiB.
 */
export const HEAP_BYTES: number = 128 << 10;

/** How a C or C++ project is compiled. */
export interface ClangOptions {
  readonly release: boolean;
  readonly colour: boolean;
  /** Further arguments for the compiler: `-DNAME=value`, `-O2`. */
  readonly flags: readonly string[];
}

/** What a compiler gives: a module, or none, and what it said. */
export interface Compiled {
  readonly module: Uint8Array | undefined;
  readonly text: string;
}

/** Header names that a compiler is given from an SDK. */
export const HEADERS = /\.(h|hpp|inc)$/;

/** The SDK's headers for a C or C++ project; C++ sees those of C too. */
export async function readHeaders(language: "c" | "cpp"): Promise<SourceFile[]> {
  const own = await readSdk(language, HEADERS);
  return language === "c" ? own : [...own, ...await readSdk("c", HEADERS)];
}

/** The arguments that decide what the compiler makes of a file, without the files. */
export function clangFlags(language: "c" | "cpp", options: ClangOptions): string[] {
  return [
    language === "cpp" ? "clang++" : "clang",
    ...(language === "cpp" ? ["-std=c++20", "-fno-exceptions", "-fno-rtti"] : ["-std=c17"]),
    "-Os",
    "-Wall",
    options.colour ? "-fcolor-diagnostics" : "-fno-color-diagnostics",
    // Kept alive for backtraces: a name for each function, no tables for a debugger.
    "-g0",
    ...(options.release ? ["-flto"] : []),
    "-isystem",
    SDK_AT,
    "-Iinclude",
    "-Isrc",
    ...options.flags,
  ];
}

/** Arguments for the linker. A program with a `main` is a command; all else is a reactor, whose state can be kept. */
export function linkFlags(files: readonly SourceFile[], release: boolean): string[] {
  return [
    ...(hasMain(files) ? [] : ["-mexec-model=reactor"]),
    release ? "-Wl,--strip-all" : "-Wl,--strip-debug",
    "-Wl,--stack-first",
    `-Wl,-z,stack-size=${STACK_BYTES}`,
    `-Wl,--initial-heap=${HEAP_BYTES}`,
  ];
}

function hasMain(files: readonly SourceFile[]): boolean {
  return files.some(([path, bytes]) =>
    /\.(c|cc|cpp|cxx)$/.test(path) && /^\s*(int|auto)\s+main\s*\(/m.test(new TextDecoder().decode(bytes))
  );
}

/** Compiles and links a project in memory. */
export async function compileWithClang(
  project: Project,
  files: readonly SourceFile[],
  headers: readonly SourceFile[],
  options: ClangOptions,
  tool: Runner,
  cache: Cache,
): Promise<Compiled> {
  const flags = clangFlags(project.language === "c" ? "c" : "cpp", options);
  const tree: FileTree = {};
  for (const [path, bytes] of files) putFile(tree, path, bytes);
  for (const [path, bytes] of headers) putFile(tree, `${SDK_AT}/${path}`, bytes);
  const precompiled = usesSdk(project, files) ? await precompile(flags, headers, tool, cache) : undefined;
  if (precompiled) {
    putFile(tree, PREFIX, new TextEncoder().encode(PREFIX_TEXT));
    putFile(tree, `${PREFIX}.pch`, precompiled);
  }
  const compiling = [...flags, ...(precompiled ? ["-include-pch", `${PREFIX}.pch`] : [])];
  const units = translationUnits(project);
  // With link-time optimisation the work is the linker's, and one unit is compiled because it changed.
  const objects = units.length > 1 && !options.release
    ? await compileUnits({ units, files, headers, tree, compiling }, tool, cache)
    : { inputs: units, text: "" };
  if (objects.inputs === null) return { module: undefined, text: objects.text };
  const argv = [...compiling, ...linkFlags(files, options.release), ...objects.inputs, "-o", OUTPUT];
  const reply = await tool.run({ argv, files: tree, outputs: [OUTPUT] });
  const text = [objects.text, commandsLeftOut(reply)].filter((said) => said !== "").join("\n");
  return { module: reply.code === 0 ? reply.files[OUTPUT] : undefined, text };
}

/** What the units of a project are compiled from. */
interface UnitInputs {
  readonly units: readonly string[];
  readonly files: readonly SourceFile[];
  readonly headers: readonly SourceFile[];
  /** Takes the objects. */
  readonly tree: FileTree;
  readonly compiling: readonly string[];
}

/**
 * Compiles each unit that is not as it was: its object is kept under all that it may be made of, which are its own
 * bytes and every file of the project that is no unit. One with warnings is compiled again, so that they are told.
 */
async function compileUnits(
  { units, files, headers, tree, compiling }: UnitInputs,
  tool: Runner,
  cache: Cache,
): Promise<{ inputs: readonly string[] | null; text: string }> {
  const shared = files.filter(([path]) => !units.includes(path));
  const inputs: string[] = [];
  const said: string[] = [];
  for (const [at, unit] of units.entries()) {
    const own = files.filter(([path]) => path === unit);
    const key = fingerprint(CLANG_VERSION, compiling.join("\n"), own, shared, headers);
    const object = `berth-unit-${at}.o`;
    let bytes = await cache.get("object", key);
    if (!bytes) {
      const argv = [...compiling, "-c", unit, "-o", object];
      const reply = await tool.run({ argv, files: tree, outputs: [object] });
      const text = commandsLeftOut(reply);
      if (text !== "") said.push(text);
      bytes = reply.files[object];
      if (reply.code !== 0 || !bytes) return { inputs: null, text: said.join("\n") };
      if (text === "") await cache.put("object", key, bytes);
    }
    putFile(tree, object, bytes);
    inputs.push(object);
  }
  return { inputs, text: said.join("\n") };
}

/** A precompiled header is for C++ alone: one C file in the project and it would not fit. */
function usesSdk(project: Project, files: readonly SourceFile[]): boolean {
  if (project.language !== "cpp" || translationUnits(project).some((unit) => unit.endsWith(".c"))) {
    return false;
  }
  return files.some(([, bytes]) =>
    /#\s*include\s*[<"]berth\/berth\.hpp[>"]/.test(new TextDecoder().decode(bytes))
  );
}

/** Half a megabyte of headers is read once and kept; that is most of what a small C++ service takes to compile. */
async function precompile(
  flags: readonly string[],
  headers: readonly SourceFile[],
  tool: Runner,
  cache: Cache,
): Promise<Uint8Array | undefined> {
  const key = fingerprint(CLANG_VERSION, PREFIX_TEXT, flags.join("\n"), headers);
  const kept = await cache.get("header", key);
  if (kept) return kept;
  const tree: FileTree = { [PREFIX]: new TextEncoder().encode(PREFIX_TEXT) };
  for (const [path, bytes] of headers) putFile(tree, `${SDK_AT}/${path}`, bytes);
  // To standard output: the tool's file system copies a whole file at every write to it.
  const argv = [...flags, "-x", "c++-header", PREFIX, "-o", "-"];
  const reply = await tool.run({ argv, files: tree, outputs: [], stdoutAs: "header" });
  const made = reply.code === 0 ? reply.files["header"] : undefined;
  if (made) await cache.put("header", key, made);
  return made; // none when the headers do not compile: the compilation proper says why
}

/** When one step fails, the driver also prints the commands that it ran: nobody reads those. */
function commandsLeftOut(reply: ToolReply): string {
  const noise =
    /^( \(in-process\)| ".*|clang version .*|Target: .*|Thread model: .*|InstalledDir:.*|Build config: .*)$/;
  return reply.text.split("\n").filter((line) => !noise.test(line)).join("\n").trim();
}
