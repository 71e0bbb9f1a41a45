/** `berth revoke`: takes back what a service holds. */
import { Argument, type Command } from "commander";
import { CAPABILITY_NAMES } from "../../../capabilities/capability.ts";
import { CliError } from "../errors.ts";
import { deviceOptions, examples, type Session } from "../session.ts";
import { authorityLines } from "./deploy.ts";
import { named } from "./services.ts";

/** Adds the command. */
export function registerRevoke(program: Command, session: Session): void {
  const command = program.command("revoke")
    .description("Take back what a service may do, at once; also from its earlier versions.")
    .argument("<service>", "its name or id")
    .addArgument(new Argument("<capability>", "which one").choices(CAPABILITY_NAMES))
    .argument("[line]", "only this line of it, as `berth grant <service> --show` prints it")
    .option("-y, --yes", "do not ask");
  deviceOptions(command).action(
    async (
      id: string,
      capability: string,
      line: string | undefined,
      options: { yes?: boolean },
      self: Command,
    ) => {
      const screen = session.screen(self);
      const client = await session.client(self);
      const c = screen.colours;
      if (!options.yes) {
        const { held } = await named(client, id, () => client.grants(id));
        const lost = held.filter((each) =>
          each.capability === capability && (line ?? each.allows) === each.allows
        );
        screen.note(authorityLines(`${id} can then no more:`, lost, screen.noteColours).join("\n"));
        if (!session.io.inIsTerminal) {
          throw new CliError("usage", "Asked to take a grant back where nobody can be asked", {
            fix: "Say so with --yes.",
          });
        }
        const answer = session.io.ask("Take this back now? [y/N]");
        if (!/^y(es)?$/i.test(answer?.trim() ?? "")) return screen.line("It keeps it.");
      }
      const revoked = await named(client, id, () => client.revoke(id, capability, line));
      screen.result(revoked, () => [
        ...authorityLines(`${c.green("✔")} ${revoked.name} can no more:`, revoked.lost, c),
        ...(revoked.trouble === ""
          ? [`It goes on without; it is ${revoked.state}.`]
          : [`${c.yellow("!")} It does not work without: ${revoked.trouble}`]),
        ...(revoked.policyGrants
          ? [`${c.yellow("!")} The host's policy file grants it again at the next deployment.`]
          : []),
      ]);
    },
  );
  examples(command, [
    ["berth revoke relay http", "all of it"],
    ['berth revoke relay http "calls api.example.com, port 443, encrypted"', "one line of it"],
  ]);
}
