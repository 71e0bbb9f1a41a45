/** `berth build`: from a folder of sources to one `.wasm`. */
import { dirname } from "@std/path";
import { ASC_VERSION, ascFlags, compileWithAsc } from "./assemblyscript.ts";
import { Cache, userCacheFolder } from "./cache.ts";
import { CLANG_VERSION, clangFlags, type Compiled, compileWithClang, readHeaders } from "./clang.ts";
import { clangDiagnostics, type Diagnostic, diagnosticLine, headedDiagnostics } from "./diagnostic.ts";
import { BuildError } from "./errors.ts";
import { findProject, type Language, type Project } from "./project.ts";
import { fingerprint, readProject, readSdk, type SourceFile } from "./source.ts";
import { processEntry, ProcessTool } from "./process_tool.ts";
import { type Runner, Tool } from "./tool.ts";
import { compileOnPath } from "./toolchain.ts";

/** How to build. */
export interface BuildOptions {
  /** Smaller and without names for backtraces. */
  readonly release?: boolean;
  /** `own` (default): the compilers from npm, where there is one. `path`: the machine's. */
  readonly toolchain?: "own" | "path";
  readonly language?: Language;
  /** Where the module goes instead of the project's own place. */
  readonly output?: string;
  /** Colours in {@link BuildResult.output}. */
  readonly colour?: boolean;
  /** Further arguments for the compiler. */
  readonly flags?: readonly string[];
  /** Called with what is being done, in a few words. */
  readonly onProgress?: (step: string) => void;
}

/** A module that was built. */
export interface BuildResult {
  readonly project: Project;
  readonly modulePath: string;
  readonly sizeBytes: number;
  readonly elapsedMs: number;
  /** Whether nothing had to be compiled. */
  readonly cached: boolean;
  /** Warnings. */
  readonly diagnostics: readonly Diagnostic[];
  /** What the compiler said, as it said it. */
  readonly output: string;
}

/** Keeps compilers warm between builds: the second one of a C++ service takes a second instead of three. */
export class Builder implements Disposable {
  readonly #clang: Runner;
  readonly #asc = new Tool(new URL("./asc_worker.ts", import.meta.url));
  readonly #binaryen = new Tool(new URL("./binaryen_worker.ts", import.meta.url));
  readonly #cache: Cache;

  /**
   * @param cacheFolder where compiled things are kept; the user's cache by default
   * @param use `once`: ended after a build or two, which a compiler that V8 does not optimise is faster for
   */
  constructor(
    cacheFolder = userCacheFolder((name) => Deno.env.get(name), Deno.build.os),
    use: "once" | "again" = "again",
  ) {
    this.#cache = new Cache(cacheFolder);
    const program = use === "once" ? processEntry(new URL("./clang_process.ts", import.meta.url)) : null;
    this.#clang = program === null
      ? new Tool(new URL("./clang_worker.ts", import.meta.url))
      : new ProcessTool(program);
  }

  /**
   * Builds a project folder.
   *
   * @throws BuildError `compile-failed` with `data.diagnostics` and `data.output`
   */
  async build(folder: string, options: BuildOptions = {}): Promise<BuildResult> {
    const startedMs = performance.now();
    options.onProgress?.("reading the sources");
    const found = await findProject(folder, options.language);
    const files = await readProject(found);
    const modulePath = options.output ?? found.modulePath;
    const plan = await this.#plan(found, files, options);
    const { module, output, cached } = await this.#make(plan, found, options);
    await Deno.mkdir(dirname(modulePath), { recursive: true });
    await Deno.writeFile(modulePath, module);
    return {
      project: found,
      modulePath,
      sizeBytes: module.length,
      elapsedMs: performance.now() - startedMs,
      cached,
      diagnostics: read(found.language, output),
      output,
    };
  }

  /**
   * Compiles a project and keeps nothing of it: a compiler that was not used yet takes seconds to load, which the
   * build after the next change then does not wait for. A machine's own compilers need no such thing.
   */
  async warm(folder: string): Promise<void> {
    const found = await findProject(folder);
    const plan = await this.#plan(found, await readProject(found), {});
    if (plan.key !== undefined) await plan.compile();
  }

  /** Throws away everything that was compiled before. */
  clean(): Promise<void> {
    return this.#cache.clear();
  }

  /** Ends the compilers. */
  close(): void {
    this.#clang.close();
    this.#asc.close();
    this.#binaryen.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #make(plan: Plan, project: Project, options: BuildOptions) {
    if (plan.key !== undefined) {
      const module = await this.#cache.get("module", plan.key);
      const said = await this.#cache.get("output", plan.key);
      if (module && said) return { module, output: new TextDecoder().decode(said), cached: true };
    }
    options.onProgress?.(`compiling ${LANGUAGE_NAMES[project.language]}`);
    const late = setTimeout(() => options.onProgress?.(plan.slow), SLOW_AFTER_MS);
    const { module, text } = await plan.compile().finally(() => clearTimeout(late));
    const diagnostics = read(project.language, text);
    if (!module) throw failure(project, diagnostics, text);
    if (plan.key !== undefined) {
      await this.#cache.put("module", plan.key, module);
      await this.#cache.put("output", plan.key, new TextEncoder().encode(text));
    }
    return { module, output: text, cached: false };
  }

  async #plan(project: Project, files: readonly SourceFile[], options: BuildOptions): Promise<Plan> {
    const how = {
      release: options.release ?? false,
      colour: options.colour ?? false,
      flags: options.flags ?? [],
    };
    const { language } = project;
    if (options.toolchain === "path" || language === "rust" || language === "go" || language === "zig") {
      return { key: undefined, slow: SLOW, compile: () => compileOnPath(project, files, how) };
    }
    if (language === "assemblyscript") {
      const sdk = await readSdk(language, /\.ts$/);
      return {
        key: fingerprint("asc", ASC_VERSION, ascFlags(how).join("\n"), files, sdk),
        slow: SLOW,
        compile: () => compileWithAsc(project, files, sdk, how, this.#asc),
      };
    }
    const headers = await readHeaders(language);
    const versions = how.release ? `${CLANG_VERSION} ${BINARYEN_VERSION}` : CLANG_VERSION;
    return {
      key: fingerprint("clang", versions, clangFlags(language, how).join("\n"), files, headers),
      slow: SLOW_FIRST,
      compile: async () => {
        const made = await compileWithClang(project, files, headers, how, this.#clang, this.#cache);
        return how.release ? await this.#shrink(made, options) : made;
      },
    };
  }

  /** A fifth less for C++, after all that the linker could do. A module that it cannot read stays as it is. */
  async #shrink({ module, text }: Compiled, options: BuildOptions): Promise<Compiled> {
    if (!module) return { module, text };
    options.onProgress?.("making the module smaller");
    try {
      const { files } = await this.#binaryen.run({ argv: [], files: { module }, outputs: ["module"] });
      return { module: files["module"] ?? module, text };
    } catch (error) {
      if (error instanceof BuildError) return { module, text };
      throw error;
    }
  }
}

interface Plan {
  /** Under which the result is kept; a machine's own compiler keeps its own. */
  readonly key: string | undefined;
  /** What to say when it takes long. */
  readonly slow: string;
  compile(): Promise<Compiled>;
}

/** As deno.json pins it; part of the cache keys of release builds. */
const BINARYEN_VERSION = "132.0.0";
const SLOW_AFTER_MS = 3_000;
const SLOW = "still compiling";
const SLOW_FIRST = "still compiling (the first C++ build fetches clang once and prepares its headers)";

/** How the languages are called. */
export const LANGUAGE_NAMES: Readonly<Record<Language, string>> = {
  cpp: "C++",
  c: "C",
  assemblyscript: "AssemblyScript",
  rust: "Rust",
  go: "Go",
  zig: "Zig",
};

function read(language: Language, output: string): Diagnostic[] {
  return language === "assemblyscript" || language === "rust"
    ? headedDiagnostics(output)
    : clangDiagnostics(output);
}

function failure(project: Project, diagnostics: readonly Diagnostic[], output: string): BuildError {
  const errors = diagnostics.filter((item) => item.severity === "error");
  const first = errors[0] ? `; first: ${diagnosticLine(errors[0])}` : "";
  const count = `${errors.length} ${errors.length === 1 ? "error" : "errors"}`;
  return new BuildError(
    "compile-failed",
    `Compiled ${project.name} (${LANGUAGE_NAMES[project.language]}) and got ${count}${first}`,
    { diagnostics, output, language: project.language },
  );
}

/** Builds once and gives the memory of the compiler back. */
export async function build(folder: string, options: BuildOptions = {}): Promise<BuildResult> {
  using builder = new Builder();
  return await builder.build(folder, options);
}
