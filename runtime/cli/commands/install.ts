/** `berth install`: a host as a service of the system, on Linux with systemd. */
import { type Command, Option } from "commander";
import { resolve } from "@std/path";
import { CliError } from "../errors.ts";
import { examples, type Session } from "../session.ts";
import { unitFile } from "../unit_file.ts";

interface InstallOptions {
  readonly program?: string;
  readonly host: string;
  readonly port: string;
  readonly read?: readonly string[];
  readonly write?: readonly string[];
  readonly serve?: readonly string[];
  readonly output?: string;
}

const UNIT = "/etc/systemd/system/berth.service";

/** Adds the command. */
export function registerInstall(program: Command, session: Session): void {
  const command = program.command("install")
    .description("Print a hardened systemd unit for a host on this machine, or write it.")
    .option("--program <file>", "the single file of Berth  (default: what runs this command)")
    .option("--host <address>", "where to listen", "127.0.0.1")
    .addOption(new Option("-p, --port <number>", "at which port").default("8083", "8083"))
    .option("--read <folder>", "a folder that services may be given to read; may be repeated", collect)
    .option("--write <folder>", "the same, also to write; may be repeated", collect)
    .option("--serve <option>", "a further option for `berth serve`; may be repeated", collect)
    .option("-o, --output <file>", `write it there instead of printing it: ${UNIT}`)
    .option("--json", "print JSON")
    .action(async (options: InstallOptions, self: Command) => {
      const screen = session.screen(self);
      const { cwd } = session.io;
      const unit = unitFile({
        program: options.program ? [resolve(cwd, options.program)] : thisProgram(),
        serve: ["--host", options.host, "--port", options.port, ...(options.serve ?? [])],
        readable: (options.read ?? []).map((folder) => resolve(cwd, folder)),
        writable: (options.write ?? []).map((folder) => resolve(cwd, folder)),
      });
      if (options.output === undefined) return screen.result({ unit }, () => unit.trimEnd());
      const file = resolve(cwd, options.output);
      await write(file, unit);
      screen.result({ unit, file }, () => [
        `${screen.colours.green("✔")} wrote ${file}`,
        "  start it: systemctl daemon-reload && systemctl enable --now berth",
        "  its key:  /var/lib/berth/api-key",
      ]);
    });
  examples(command, [
    ["berth install", "look at it first"],
    [`sudo berth install --host 0.0.0.0 -o ${UNIT}`, "for the network"],
  ]);
}

/** The command that runs now, for another start: the single file, or Deno with the file that it was given. */
function thisProgram(): string[] {
  const main = URL.parse(Deno.mainModule);
  if (main?.protocol !== "file:") return [Deno.execPath()];
  return [
    Deno.execPath(),
    "run",
    "-A",
    "--unstable-worker-options",
    "--v8-flags=--no-short-builtin-calls",
    decodeURIComponent(main.pathname),
  ];
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

async function write(file: string, text: string): Promise<void> {
  try {
    await Deno.writeTextFile(file, text, { mode: 0o644 });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CliError("file-unreadable", `Tried to write ${file} and failed: ${why}`, {
      fix: "Run it as root, or print the unit and put it there by hand.",
    });
  }
}
