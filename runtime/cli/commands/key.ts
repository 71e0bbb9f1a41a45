/** `berth key`. */
import type { Command } from "commander";
import { join } from "@std/path";
import { dataFolder } from "../device.ts";
import { CliError } from "../errors.ts";
import { examples, type Session } from "../session.ts";

/** Adds the command. */
export function registerKey(program: Command, session: Session): void {
  const command = program.command("key").description("Print the API key of the host on this machine.")
    .option(
      "--data <folder>",
      "its data folder  (default: $BERTH_DATA, ./.berth if it exists, else the user's)",
    )
    .option("--json", "print JSON")
    .action(async (options: { data?: string }, self: Command) => {
      const screen = session.screen(self);
      const path = join(await dataFolder(session.io, options.data), "api-key");
      const key = await Deno.readTextFile(path).then((text) => text.trim(), () => undefined);
      if (key === undefined) {
        throw new CliError("file-unreadable", `Read the key in ${path} and could not`, {
          fix:
            "Start the host once with `berth serve`: it makes the key. It can be read by the host's user only.",
        });
      }
      screen.result({ key, path }, () => key);
    });
  examples(command, [
    ["berth key", "print it"],
    ['curl -H "Authorization: Bearer $(berth key)" http://127.0.0.1:8083/berth/v1/services', "use it"],
  ]);
}
