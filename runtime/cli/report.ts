/** Errors for people: what happened, why, and what would fix it. One place, so that all look the same. */
import { CommanderError } from "commander";
import { BUILD_ERRORS } from "../build/errors.ts";
import { BerthError, type ErrorSpec } from "../error.ts";
import { CLI_ERRORS, EXIT } from "./errors.ts";
import type { Session } from "./session.ts";

/** Prints an error and gives the exit code. */
export async function reportError(error: unknown, session: Session): Promise<number> {
  if (error instanceof CommanderError) return error.exitCode === 0 || shown(error) ? EXIT.ok : EXIT.usage;
  if (session.io.interrupted.aborted) return EXIT.interrupted;
  const screen = session.screen();
  screen.quiet();
  if (!(error instanceof BerthError)) {
    const text = error instanceof Error ? error.stack ?? error.message : String(error);
    screen.note(`${screen.noteColours.red("error:")} a fault of Berth's own; please report it\n${text}`);
    return EXIT.failure;
  }
  const spec = await specOf(error);
  const fix = typeof error.data["fix"] === "string" ? error.data["fix"] : spec?.fix ?? "";
  if (screen.json) {
    const { output: _, ...data } = error.data;
    screen.note(
      JSON.stringify({ error: { code: error.code, title: spec?.title, detail: error.detail, ...data, fix } }),
    );
  } else {
    const c = screen.noteColours;
    const output = typeof error.data["output"] === "string" ? `${error.data["output"]}\n\n` : "";
    const internal = error.internal === "" || error.code === "host-unreachable" ? "" : ` (${error.internal})`;
    screen.note(`${output}${c.red(c.bold("error:"))} ${error.detail}${internal}`);
    if (fix !== "") screen.note(`  ${c.cyan("fix:")} ${fix}`);
  }
  return exitCodeOf(error);
}

/** Help and version end the parser with an "error" too. */
function shown(error: CommanderError): boolean {
  return error.code === "commander.help" || error.code === "commander.helpDisplayed" ||
    error.code === "commander.version";
}

function exitCodeOf(error: BerthError): number {
  if (error.code === "usage") return EXIT.usage;
  if (error.code === "host-refused") return EXIT.refused;
  if (error.code === "host-unreachable" || error.code === "host-unknown") return EXIT.unreachable;
  return EXIT.failure;
}

async function specOf(error: BerthError): Promise<ErrorSpec | undefined> {
  const own: Readonly<Record<string, ErrorSpec>> = { ...CLI_ERRORS, ...BUILD_ERRORS };
  const known = own[error.code];
  if (known) return known;
  const { ERRORS } = await import("../errors.ts"); // the host's: needed here only when it runs in this process
  return (ERRORS as Readonly<Record<string, ErrorSpec>>)[error.code];
}
