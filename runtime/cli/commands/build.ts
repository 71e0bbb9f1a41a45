/** `berth build`. */
import { type Command, Option } from "commander";
import { isAbsolute, relative, resolve } from "@std/path";
import { Builder, type BuildOptions, type BuildResult, LANGUAGE_NAMES } from "../../build/build.ts";
import { LANGUAGES } from "../../build/project.ts";
import { bytesText, durationText, type Screen } from "../screen.ts";
import { examples, type Session } from "../session.ts";

/** Adds the command. */
export function registerBuild(program: Command, session: Session): void {
  const command = program.command("build")
    .description("Compile a service to WebAssembly. C, C++ and AssemblyScript need nothing installed.")
    .argument("[folder]", "the project", ".")
    .option("--release", "smaller, without names for backtraces")
    .option("-o, --output <file>", "where the module goes  (default: where berth.json says)")
    .addOption(new Option("--language <name>", "instead of what the folder looks like").choices(LANGUAGES))
    .addOption(
      new Option("--toolchain <which>", "Berth's own compilers, or those on PATH").choices(["own", "path"])
        .default("own"),
    )
    .option("--flag <argument...>", "hand this to the compiler, as in --flag=-DLEVEL=2")
    .option("--clean", "forget what was compiled before")
    .option("--json", "print JSON")
    .action(async (folder: string, options: BuildCommandOptions, self: Command) => {
      const screen = session.screen(self);
      using builder = new Builder(undefined, "once");
      if (options.clean) await builder.clean();
      const { clean: _, json: __, flag, output, ...rest } = options;
      const result = await buildWithSteps(builder, resolve(session.io.cwd, folder), screen, {
        ...rest,
        ...(flag ? { flags: flag } : {}),
        ...(output ? { output: resolve(session.io.cwd, output) } : {}),
      });
      if (screen.json) {
        const { modulePath, sizeBytes, elapsedMs, cached, diagnostics, project } = result;
        const { name, language } = project;
        screen.result({ name, language, modulePath, sizeBytes, elapsedMs, cached, diagnostics }, () => "");
      }
    });
  examples(command, [
    ["berth build", "the project in this folder"],
    ["berth build examples/log-reader --release", "as small as it gets"],
    ["berth build --toolchain path", "with the clang, asc, … on PATH"],
  ]);
}

interface BuildCommandOptions extends Omit<BuildOptions, "flags"> {
  readonly flag?: string[];
  readonly clean?: boolean;
  readonly json?: boolean;
}

/** Builds with a spinner and says what came of it. */
export async function buildWithSteps(
  builder: Builder,
  folder: string,
  screen: Screen,
  options: BuildOptions,
): Promise<BuildResult> {
  const name = shownPath(screen.io.cwd, folder);
  const step = screen.step(`building ${name}`);
  try {
    const result = await builder.build(folder, {
      colour: screen.noteColours.isColorSupported,
      ...options,
      onProgress: (text) => step.update(`building ${name}: ${text}`),
    });
    const c = screen.noteColours;
    const how = result.cached ? "unchanged" : durationText(result.elapsedMs);
    const path = shownPath(screen.io.cwd, result.modulePath);
    const facts = [bytesText(result.sizeBytes), LANGUAGE_NAMES[result.project.language], how].join(", ");
    step.done(`built ${c.bold(path)}  ${c.dim(facts)}`);
    if (!screen.json && result.diagnostics.length > 0) screen.note(result.output);
    return result;
  } catch (error) {
    step.failed(`building ${name} failed`);
    throw error;
  }
}

/** A path as short as it can be said from here. */
export function shownPath(cwd: string, path: string): string {
  const short = relative(cwd, path);
  return short === "" ? "." : short.startsWith("..") || isAbsolute(short) ? path : short;
}
