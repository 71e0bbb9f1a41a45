/** `berth new`. */
import { Argument, type Command } from "commander";
import { join, resolve } from "@std/path";
import { LANGUAGE_NAMES } from "../../build/build.ts";
import { CliError } from "../errors.ts";
import { examples, type Session } from "../session.ts";
import { TEMPLATE_LANGUAGES, writeTemplate } from "../template.ts";
import { shownPath } from "./build.ts";

/** Adds the command. */
export function registerNew(program: Command, session: Session): void {
  const command = program.command("new").description(
    "Write a service that builds, tests and deploys as it is.",
  )
    .addArgument(new Argument("<language>", "what to write it in").choices(TEMPLATE_LANGUAGES))
    .argument("<name>", "its name: lower-case letters, digits, dashes")
    .option("--json", "print JSON")
    .action(
      async (language: typeof TEMPLATE_LANGUAGES[number], name: string, _options: unknown, self: Command) => {
        const screen = session.screen(self);
        if (!/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(name)) {
          throw new CliError("usage", `Tried to name a service ${JSON.stringify(name)}`, {
            fix: "Use lower-case letters, digits and dashes, as in: berth new cpp door-bell",
          });
        }
        const folder = resolve(session.io.cwd, name);
        const files = await writeTemplate(language, name, folder);
        const c = screen.colours;
        screen.result({ name, language, folder, files }, () => [
          `${c.green("✔")} wrote ${c.bold(shownPath(session.io.cwd, folder))}, a service in ${
            LANGUAGE_NAMES[language]
          }`,
          ...files.map((file) => c.dim(`    ${join(name, file)}`)),
          "",
          `  ${c.cyan(`berth test ${name}`)}     builds it and makes its own requests`,
          `  ${c.cyan(`berth dev ${name}`)}      runs it here, and anew each time it is saved`,
          `  ${c.cyan(`berth deploy ${name}`)}   builds it and puts it to work`,
        ]);
      },
    );
  examples(command, [
    ["berth new cpp hello", "C++"],
    ["berth new assemblyscript hello", "TypeScript's little sister"],
    ["berth new rust hello", "with the cargo of this machine"],
  ]);
}
