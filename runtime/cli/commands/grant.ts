/** `berth grant`: the operator's word on what a service asks for. */
import type { Command } from "commander";
import { CliError } from "../errors.ts";
import { deviceOptions, examples, type Session } from "../session.ts";
import { authorityLines } from "./deploy.ts";
import { named } from "./services.ts";

interface GrantOptions {
  readonly yes?: boolean;
  readonly refuse?: boolean;
  readonly show?: boolean;
}

/** Adds the command. */
export function registerGrant(program: Command, session: Session): void {
  const command = program.command("grant").description("See what a service asks for, and grant or refuse it.")
    .argument("<service>", "its name or id")
    .option("-y, --yes", "grant it without being asked")
    .option("--refuse", "refuse it; what runs goes on as it is")
    .option("--show", "only show what it holds and what waits");
  deviceOptions(command).action(async (id: string, options: GrantOptions, self: Command) => {
    const screen = session.screen(self);
    const client = await session.client(self);
    const grants = await named(client, id, () => client.grants(id));
    const c = screen.colours;
    const { held, pending } = grants;
    if (options.show || !pending) {
      return screen.result(grants, () => [
        ...(held.length > 0 ? authorityLines("It holds:", held, c) : ["It holds nothing."]),
        ...(pending ? authorityLines("It waits for:", pending.more, c) : ["Nothing waits for approval."]),
      ]);
    }
    if (options.refuse) {
      await client.refuse(id);
      return screen.result(
        { refused: pending },
        () => `${c.green("✔")} refused ${pending.name} ${pending.version}`,
      );
    }
    if (!options.yes) {
      screen.note(
        authorityLines(`${pending.name} ${pending.version} asks to:`, pending.more, screen.noteColours).join(
          "\n",
        ),
      );
      if (pending.less.length > 0) {
        screen.note(authorityLines("and gives up:", pending.less, screen.noteColours).join("\n"));
      }
      if (!session.io.inIsTerminal) {
        throw new CliError("usage", "Asked for an approval where nobody can be asked", {
          fix: `Say so with: berth grant ${id} --yes`,
        });
      }
      const answer = session.io.ask("Grant this? [y/N]");
      if (!/^y(es)?$/i.test(answer?.trim() ?? "")) return screen.line("It goes on waiting.");
    }
    const service = await client.approve(id);
    screen.result(
      service,
      () => [
        `${c.green("✔")} ${service.name} ${service.version} is ${service.state}`,
        `  ${c.bold(service.url)}`,
      ],
    );
  });
  examples(command, [
    ["berth grant relay", "shows what it asks for, and asks you"],
    ["berth grant relay --yes", "for a script that knows"],
    ["berth grant relay --show", "what it holds now"],
  ]);
}
