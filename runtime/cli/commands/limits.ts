/** `berth limits`. */
import type { Command } from "commander";
import { deviceOptions, examples, type Session } from "../session.ts";
import { limitText } from "./services.ts";

/** Adds the command. */
export function registerLimits(program: Command, session: Session): void {
  const command = program.command("limits").description(
    "List the limits of a device and why they are there.",
  );
  deviceOptions(command).action(async (_options: unknown, self: Command) => {
    const screen = session.screen(self);
    const { table, inForce } = await (await session.client(self)).limits();
    if (screen.json) return screen.result({ table, inForce }, () => "");
    const c = screen.colours;
    const rows = Object.entries(table).map(([name, row]) => [
      row.perService ? c.bold(name) : name,
      limitText(name, inForce[name] ?? row.default),
      c.dim(limitText(name, row.ceiling)),
      c.dim(row.reason),
    ]);
    screen.line(await screen.table(["LIMIT", "IN FORCE", "CEILING", "WHY"], rows));
    screen.line(`\nA service may lower those in bold: ${c.cyan("berth deploy --limit wallMaxMs=5000")}`);
  });
  examples(command, [["berth limits", "of the host on this machine"]]);
}
