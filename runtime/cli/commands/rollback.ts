/** `berth rollback`. */
import { type Command, InvalidArgumentError } from "commander";
import { agoText } from "../screen.ts";
import { deviceOptions, examples, type Session } from "../session.ts";
import { named } from "./services.ts";

/** Adds the command. */
export function registerRollback(program: Command, session: Session): void {
  const command = program.command("rollback").description("Put an earlier version of a service back to work.")
    .argument("<service>", "its name or id")
    .option("--to <revision>", "which one  (default: the one before)", readRevision)
    .option("--list", "only list the versions there are");
  deviceOptions(command).action(
    async (id: string, options: { to?: number; list?: boolean }, self: Command) => {
      const screen = session.screen(self);
      const client = await session.client(self);
      const c = screen.colours;
      if (options.list) {
        const history = await named(client, id, () => client.history(id));
        if (screen.json) return screen.result({ history }, () => "");
        const now = Date.now();
        const rows = history.map((entry) => [
          String(entry.revision),
          entry.version,
          entry.image.slice(0, 12),
          agoText(now - entry.updatedMs),
          entry.current ? c.green("current") : "",
        ]);
        return screen.line(await screen.table(["REVISION", "VERSION", "IMAGE", "SINCE", ""], rows));
      }
      const service = await named(client, id, () => client.rollback(id, options.to));
      screen.result(service, () => [
        `${c.green("✔")} ${service.name} is back at ${c.bold(service.version)}, ${service.state}`,
        `  ${service.url}`,
      ]);
    },
  );
  examples(command, [
    ["berth rollback counter", "to the version before"],
    ["berth rollback counter --list", "what there is to go back to"],
    ["berth rollback counter --to 3", "to that revision"],
  ]);
}

function readRevision(text: string): number {
  const revision = Number(text);
  if (!Number.isSafeInteger(revision) || revision < 1) {
    throw new InvalidArgumentError("It is a whole number.");
  }
  return revision;
}
