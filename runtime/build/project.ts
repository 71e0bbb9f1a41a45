/** Finds out what a folder holds: its language, its sources, and where its module goes. */
import { basename, join, relative, resolve } from "@std/path";
import { BuildError } from "./errors.ts";

/** The languages that `berth build` knows. */
export const LANGUAGES = ["cpp", "c", "assemblyscript", "rust", "go", "zig"] as const;

/** A language of {@link LANGUAGES}. */
export type Language = (typeof LANGUAGES)[number];

/** A folder that can be built. */
export interface Project {
  /** Absolute. */
  readonly folder: string;
  readonly language: Language;
  /** The service's name: `name` of `berth.json`, else the folder's name. */
  readonly name: string;
  /** Every file that the build reads, relative to the folder, with `/`, sorted. */
  readonly files: readonly string[];
  /** Absolute path of the module that the build writes. */
  readonly modulePath: string;
}

const FILES_MAX_COUNT = 5_000;
const DEPTH_MAX_COUNT = 16;
const IGNORED = new Set([
  ".git",
  ".berth",
  "build",
  "dist",
  "target",
  "node_modules",
  "zig-out",
  ".zig-cache",
]);
const SOURCES: Readonly<Record<Language, RegExp>> = {
  cpp: /\.(cpp|cc|cxx|hpp|hh|h|c|inc)$/,
  c: /\.(c|h|inc)$/,
  assemblyscript: /(\.ts|asconfig\.json)$/,
  rust: /(\.rs|Cargo\.(toml|lock))$/,
  go: /(\.go|go\.(mod|sum))$/,
  zig: /\.(zig|zon)$/,
};

/** Marks of a language, the stronger first: the first one that is there decides. */
const MARKS: readonly (readonly [Language, (files: readonly string[]) => boolean])[] = [
  ["rust", (files) => files.includes("Cargo.toml")],
  ["go", (files) => files.includes("go.mod")],
  ["zig", (files) => files.includes("build.zig")],
  ["assemblyscript", (files) => files.some((file) => /^(assembly|src)\/index\.ts$/.test(file))],
  ["cpp", (files) => files.some((file) => /\.(cpp|cc|cxx)$/.test(file) && !isTest(file))],
  ["c", (files) => files.some((file) => /\.c$/.test(file) && !isTest(file))],
];

/** A folder is a project when one of these lies in it, or sources lie at its top, in src or in assembly. */
const PROJECT_FILE =
  /^(berth\.json|Cargo\.toml|go\.mod|build\.zig|((src|assembly)\/)?[^/]+\.(cpp|cc|cxx|c|ts|rs|go|zig))$/;

/**
 * Looks at a folder.
 *
 * @throws BuildError `project-not-found` when there is no folder or no source in it
 */
export async function findProject(folder: string, language?: Language): Promise<Project> {
  const root = resolve(folder);
  const files = await listFiles(root);
  // Sources somewhere below are not enough: in a home folder they are parts of many projects.
  const isProject = language !== undefined || files.some((file) => PROJECT_FILE.test(file));
  const chosen = language ?? (isProject ? MARKS.find(([, matches]) => matches(files))?.[0] : undefined);
  if (chosen === undefined) {
    throw new BuildError("project-not-found", `Looked for sources to build in ${folder} and found none`);
  }
  const manifest = await readManifest(root);
  const name = typeof manifest["name"] === "string" ? manifest["name"] : basename(root);
  const module = typeof manifest["module"] === "string" ? manifest["module"] : "";
  return {
    folder: root,
    language: chosen,
    name,
    files: files.filter((file) => SOURCES[chosen].test(file)),
    modulePath: resolve(root, module.endsWith(".wasm") ? module : join("build", `${name}.wasm`)),
  };
}

/** The translation units of a C or C++ project; tests and their folders are no part of the service. */
export function translationUnits(project: Project): string[] {
  return project.files.filter((file) => /\.(cpp|cc|cxx|c)$/.test(file) && !isTest(file));
}

function isTest(file: string): boolean {
  return /(^|\/)tests?\//.test(file) || /_test\.\w+$/.test(file);
}

/** Only hints are taken from the manifest here; packing checks it. */
async function readManifest(root: string): Promise<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(await Deno.readTextFile(join(root, "berth.json")));
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {}; // absent or broken: `berth pack` says so with the line
  }
}

async function listFiles(root: string): Promise<string[]> {
  const files: string[] = [];
  const visit = async (folder: string, depth: number) => {
    for await (const entry of Deno.readDir(folder)) {
      if (IGNORED.has(entry.name) || depth > DEPTH_MAX_COUNT || files.length > FILES_MAX_COUNT) continue;
      const path = join(folder, entry.name);
      if (entry.isDirectory) await visit(path, depth + 1);
      else if (entry.isFile) files.push(relative(root, path).replaceAll("\\", "/"));
    }
  };
  try {
    await visit(root, 0);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      throw new BuildError("project-not-found", `Tried to build ${root}, which is not a folder`);
    }
    throw error;
  }
  return files.sort();
}
