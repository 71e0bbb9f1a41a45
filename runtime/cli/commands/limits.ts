/** `berth limits`. */
import type { Command } from "commander";
import { limitDefaults } from "../../../capabilities/limit.ts";
import { LIMITS } from "../../limits.ts";
import type { DeviceClient } from "../client.ts";
import { CliError } from "../errors.ts";
import { deviceOptions, examples, type Session } from "../session.ts";
import { limitText } from "./services.ts";

/** What the device answers. */
type LimitsInForce = Awaited<ReturnType<DeviceClient["limits"]>>;

/** The device's limits; without a device, those that a host has when nobody changes them. */
async function limitsOf(session: Session, self: Command): Promise<LimitsInForce & { readonly from: string }> {
  try {
    return { ...await (await session.client(self)).limits(), from: "" };
  } catch (error) {
    if (!(error instanceof CliError) || error.code !== "host-unreachable") throw error;
    return {
      table: LIMITS,
      inForce: limitDefaults(LIMITS),
      from: "No host answers: these are the defaults.",
    };
  }
}

/** Adds the command. */
export function registerLimits(program: Command, session: Session): void {
  const command = program.command("limits").description(
    "List the limits of a device and why they are there.",
  );
  deviceOptions(command).action(async (_options: unknown, self: Command) => {
    const screen = session.screen(self);
    const { table, inForce, from } = await limitsOf(session, self);
    if (screen.json) return screen.result({ table, inForce }, () => "");
    const c = screen.colours;
    const rows = Object.entries(table).map(([name, row]) => [
      row.perService ? c.bold(name) : name,
      limitText(name, inForce[name] ?? row.default),
      c.dim(limitText(name, row.ceiling)),
      c.dim(row.reason),
    ]);
    if (from !== "") screen.line(c.yellow(from));
    screen.line(await screen.table(["LIMIT", from === "" ? "IN FORCE" : "DEFAULT", "CEILING", "WHY"], rows));
    screen.line(`\nA service may lower those in bold: ${c.cyan("berth deploy --limit wallMaxMs=5000")}`);
  });
  examples(command, [["berth limits", "of the host on this machine"]]);
}
