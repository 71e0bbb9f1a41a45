/** `berth device`: names for the devices that one works with. */
import type { Command } from "commander";
import { originOf } from "../device.ts";
import { devicesFile, readDevices, writeDevices } from "../devices_file.ts";
import { CliError } from "../errors.ts";
import { examples, type Session } from "../session.ts";

/** Adds the command. */
export function registerDevice(program: Command, session: Session): void {
  const device = program.command("device").description("Give devices names, for --host.");
  device.command("add").description("Name a device; the same name again changes it.")
    .argument("<name>").argument("<address>", "host:port or http://…")
    .option("--key <key>", "its API key")
    .option("--json", "print JSON")
    .action(async (name: string, address: string, options: { key?: string }, self: Command) => {
      if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/.test(name)) {
        throw new CliError("usage", `Tried to name a device ${JSON.stringify(name)}`, {
          fix: "Use letters, digits, dashes: no dots, so that it differs from an address.",
        });
      }
      const screen = session.screen(self);
      const origin = originOf(address);
      const devices = await readDevices(session.io);
      await writeDevices(session.io, {
        ...devices,
        [name]: { origin, ...(options.key ? { key: options.key } : {}) },
      });
      screen.result({ name, origin }, () => `${screen.colours.green("✔")} ${name} is ${origin}`);
    });
  device.command("ls").description("List the names.").option("--json", "print JSON")
    .action(async (_options: unknown, self: Command) => {
      const screen = session.screen(self);
      const entries = Object.entries(await readDevices(session.io));
      if (screen.json) {
        const devices = entries.map(([name, { origin, key }]) => ({
          name,
          origin,
          hasKey: key !== undefined,
        }));
        return screen.result({ devices, file: devicesFile(session.io) }, () => "");
      }
      if (entries.length === 0) {
        return screen.line("No names yet. Give one with: berth device add pi 192.168.1.20:8083");
      }
      const rows = entries.map((
        [name, { origin, key }],
      ) => [screen.colours.bold(name), origin, key ? "yes" : "no"]);
      screen.line(await screen.table(["NAME", "ADDRESS", "KEY"], rows));
    });
  device.command("rm").description("Forget a name.").argument("<name>").option("--json", "print JSON")
    .action(async (name: string, _options: unknown, self: Command) => {
      const screen = session.screen(self);
      const { [name]: known, ...rest } = await readDevices(session.io);
      if (!known) {
        throw new CliError("usage", `Tried to forget the device ${name}, which has no name here`, {
          fix: `There are: ${Object.keys(rest).join(", ") || "none"}.`,
        });
      }
      await writeDevices(session.io, rest);
      screen.result({ removed: name }, () => `${screen.colours.green("✔")} forgot ${name}`);
    });
  examples(device, [
    ["berth device add pi 192.168.1.20:8083 --key bk_…", "then: berth ls --host pi"],
    ["berth device ls", "which there are"],
  ]);
}
