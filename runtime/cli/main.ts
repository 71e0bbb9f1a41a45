/** The `berth` command: its parts are in `commands/`, its manners here. */
import { Command } from "commander";
import pc from "picocolors";
import { VERSION } from "../version.ts";
import { registersFor } from "./command_table.ts";
import { EXIT } from "./errors.ts";
import type { Io } from "./io.ts";
import { reportError } from "./report.ts";
import { deviceOptions, Session } from "./session.ts";

/** Runs one command line; gives the exit code (see `EXIT`). Nothing outside `io` is read or written, but files. */
export async function main(args: readonly string[], io: Io): Promise<number> {
  const session = new Session(io);
  try {
    const done = createProgram(session, args).then((program) =>
      program.parseAsync([...args], { from: "user" })
    );
    done.catch(() => {}); // looked at below, unless Ctrl-C came first
    const end = await Promise.race([done, onCtrlC(session)]);
    if (end === "interrupted") {
      session.screen().quiet();
      return EXIT.interrupted;
    }
    return session.exitCode;
  } catch (error) {
    return await reportError(error, session);
  }
}

/** Ends what is under way, a compiler for one; `serve` and `logs -f` end themselves. */
function onCtrlC(session: Session): Promise<"interrupted"> {
  const { interrupted } = session.io;
  return new Promise((resolve) => {
    interrupted.addEventListener("abort", () => {
      if (!session.endsItself) resolve("interrupted");
    }, { once: true });
  });
}

/** The commands of a session, as far as a command line needs them; all of them for none. */
export async function createProgram(session: Session, args: readonly string[] = []): Promise<Command> {
  const { io } = session;
  const program = new Command("berth");
  const colours = pc.createColors(io.outIsTerminal && !io.env("NO_COLOR"));
  program
    .description("A host for WebAssembly microservices on edge devices.")
    .version(VERSION, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "print the help of a command")
    .enablePositionalOptions()
    .showHelpAfterError(false)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.out(text),
      writeErr: (text) => io.err(text),
      getOutHelpWidth: () => Math.min(110, io.columns),
      getErrHelpWidth: () => Math.min(110, io.columns),
      getOutHasColors: () => colours.isColorSupported,
      getErrHasColors: () => colours.isColorSupported,
      outputError: (text, write) => {
        const said = text.trimEnd().replace(/\n\((Did you mean .*)\)$/, "; $1").replace("; Did", "; did");
        write(`${said}\n  fix: see ${helpOf(program, io)}\n`);
      },
    })
    .configureHelp({
      sortSubcommands: false,
      styleTitle: (text) => colours.bold(text),
      styleCommandText: (text) => colours.cyan(text),
      styleSubcommandText: (text) => colours.cyan(text),
      styleOptionText: (text) => colours.green(text),
      subcommandTerm: (command) => command.name(),
    });
  deviceOptions(program);
  for (const register of await registersFor(args)) register(program, session);
  program.addHelpText("after", FIRST_STEPS.replace("First steps:", colours.bold("First steps:")));
  return program;
}

/** The help page that an error of usage points to: that of the command that was named, if there is one. */
function helpOf(program: Command, _io: Io): string {
  const named = program.args[0];
  const find = (above: Command, name = "") =>
    above.commands.find((command) => command.name() === name || command.aliases().includes(name));
  const known = find(program, named);
  const below = known && find(known, program.args[1]);
  return ["berth", ...(known ? [named] : []), ...(below ? [program.args[1]] : []), "--help"].join(" ");
}

const FIRST_STEPS = `
First steps:
  berth serve                      start a host on this machine
  berth new cpp hello              write a service
  berth deploy hello               build it, pack it, put it to work
  berth logs -f hello              see what it says

Exit codes: 0 fine, 1 failed, 2 wrong usage, 3 refused by the device, 4 device not reached,
5 deployed and waiting for approval, 130 interrupted.`;
