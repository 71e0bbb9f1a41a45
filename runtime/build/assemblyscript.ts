/** AssemblyScript with its compiler from npm. */
import type { Compiled } from "./clang.ts";
import type { Project } from "./project.ts";
import type { SourceFile } from "./source.ts";
import { type FileTree, putFile, type Tool } from "./tool.ts";

/** The version of the compiler that deno.json pins; part of every cache key. */
export const ASC_VERSION = "0.28.20";

const SDK_AT = "berth-sdk";
const OUTPUT = "berth-module.wasm";

/** There from the start, in pages of 64 KiB: as with C++, a request with a large body should not need a new instance. */
const MEMORY_PAGES = 3;

/** How an AssemblyScript project is compiled. */
export interface AscOptions {
  readonly release: boolean;
  readonly colour: boolean;
  readonly flags: readonly string[];
}

/** The arguments for the compiler, without the files. */
export function ascFlags(options: AscOptions): string[] {
  return [
    "--lib",
    SDK_AT,
    "--runtime",
    "incremental", // `minimal` never gives memory back while a request runs
    "--initialMemory",
    String(MEMORY_PAGES),
    "--use",
    "abort=", // a failed assertion traps; no import that the host would have to know
    options.release ? "-Oz" : "-Os",
    ...(options.release ? ["--converge"] : ["--debug"]),
    ...(options.colour ? [] : ["--noColors"]),
    ...options.flags,
  ];
}

/** Compiles a project in memory. */
export async function compileWithAsc(
  project: Project,
  files: readonly SourceFile[],
  sdk: readonly SourceFile[],
  options: AscOptions,
  tool: Tool,
): Promise<Compiled> {
  const tree: FileTree = {};
  for (const [path, bytes] of files) putFile(tree, path, bytes);
  for (const [path, bytes] of sdk) putFile(tree, `${SDK_AT}/${path}`, bytes);
  const entry = ["assembly/index.ts", "src/index.ts"].find((path) => project.files.includes(path)) ??
    "assembly/index.ts";
  const argv = [entry, "--outFile", OUTPUT, ...ascFlags(options)];
  const reply = await tool.run({ argv, files: tree, outputs: [OUTPUT] });
  return { module: reply.code === 0 ? reply.files[OUTPUT] : undefined, text: reply.text.trim() };
}
