/** `berth doctor`: looks at what a host needs of a machine, and says what to do about what is missing. */
import type { Command } from "commander";
import { checkDevice, checkMachine, withOwnPort } from "../checks.ts";
import { EXIT } from "../errors.ts";
import { deviceOptions, examples, type Session } from "../session.ts";

/** Adds the command. */
export function registerDoctor(program: Command, session: Session): void {
  const command = program.command("doctor").description("Check this machine, and the device that is chosen.");
  deviceOptions(command).action(async (options: { data?: string }, self: Command) => {
    const screen = session.screen(self);
    const client = await session.client(self);
    const all = [...await checkMachine(session.io, options.data), ...await checkDevice(client)];
    const checks = withOwnPort(all, client);
    const c = screen.colours;
    const marks = { good: c.green("✔"), note: c.yellow("!"), bad: c.red("✖") };
    const width = Math.max(...checks.map(({ name }) => name.length));
    screen.result({ checks }, () =>
      checks.flatMap(({ name, verdict, text, fix }) => [
        `${marks[verdict]} ${name.padEnd(width)}  ${text}`,
        ...(fix && verdict !== "good" ? [`  ${"".padEnd(width)}  ${c.cyan("fix:")} ${fix}`] : []),
      ]));
    if (checks.some(({ verdict }) => verdict === "bad")) session.exitCode = EXIT.failure;
  });
  examples(command, [["berth doctor", "everything here"], [
    "berth doctor --host pi.local",
    "and whether that device answers",
  ]]);
}
