/** `berth pack`. */
import type { Command } from "commander";
import { join, resolve } from "@std/path";
import { build } from "../../build/build.ts";
import { bytesText } from "../screen.ts";
import { examples, type Session } from "../session.ts";
import { readSigningKey } from "../signing.ts";
import { shownPath } from "./build.ts";

interface PackCommandOptions {
  readonly output?: string;
  readonly build?: boolean;
  readonly sign?: string;
}

/** Adds the command. */
export function registerPack(program: Command, session: Session): void {
  const command = program.command("pack")
    .description("Check a built service and pack it into <name>-<version>.tar.")
    .argument("[folder]", "the project", ".")
    .option("-o, --output <file>", "where the tar goes  (default: the project's build folder)")
    .option("--build", "build it first")
    .option(
      "--sign <file>",
      "sign it with this key  (default: $BERTH_SIGNING_KEY); berth key new-signing makes one",
    )
    .option("--json", "print JSON")
    .action(async (folder: string, options: PackCommandOptions, self: Command) => {
      const { packProject } = await import("../pack.ts");
      const screen = session.screen(self);
      const root = resolve(session.io.cwd, folder);
      if (options.build) await build(root);
      const privateKey = await readSigningKey(session, options.sign);
      const packed = await packProject(root, privateKey);
      const path = options.output
        ? resolve(session.io.cwd, options.output)
        : join(root, "build", packed.fileName);
      await Deno.mkdir(join(path, ".."), { recursive: true });
      await Deno.writeFile(path, packed.tar);
      const { name, version, capabilities } = packed.manifest;
      const c = screen.colours;
      screen.result(
        {
          name,
          version,
          path,
          sizeBytes: packed.tar.length,
          capabilities,
          signed: privateKey !== undefined,
        },
        () => [
          `${c.green("✔")} packed ${c.bold(shownPath(session.io.cwd, path))}  ${
            c.dim(bytesText(packed.tar.length))
          }`,
          `  asks for: ${Object.keys(capabilities).join(", ") || "nothing"}`,
        ],
      );
    });
  examples(command, [
    ["berth pack", "the project in this folder"],
    ["berth pack --sign release.key", "signed, for hosts that take nothing else"],
    ["berth pack examples/counter --build -o counter.tar", "build and pack in one go"],
  ]);
}
