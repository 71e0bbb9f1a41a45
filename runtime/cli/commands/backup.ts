/** `berth backup`, `berth restore`: a whole host in one file, and back. */
import type { Command } from "commander";
import { resolve } from "@std/path";
import { dataFolder } from "../device.ts";
import { CliError } from "../errors.ts";
import { bytesText } from "../screen.ts";
import { deviceOptions, examples, type Session } from "../session.ts";

/** Adds the commands. */
export function registerBackup(program: Command, session: Session): void {
  const backup = program.command("backup")
    .description("Copy a whole host into one file, while it works. Keys and all that is stored are in it.")
    .argument("<file>", "where it goes");
  deviceOptions(backup).action(async (file: string, _options: unknown, self: Command) => {
    const screen = session.screen(self);
    const path = resolve(session.io.cwd, file);
    const bytes = await download(await (await session.client(self)).backup(), path);
    screen.result(
      { path, sizeBytes: bytes },
      () => `${screen.colours.green("✔")} ${path}  ${bytesText(bytes)}; keep it as you keep the API key`,
    );
  });
  examples(backup, [["berth backup host.tar --host pi.local", "of another device"]]);
  const restore = program.command("restore")
    .description("Make a new data folder of a backup; then start it with `berth serve`.")
    .argument("<file>", "what `berth backup` made")
    .option("--data <folder>", "the folder; it must hold no host  (default: as berth serve)")
    .option("--json", "print JSON")
    .action(async (file: string, options: { data?: string }, self: Command) => {
      const { restoreBackup } = await import("../../../mod.ts");
      const screen = session.screen(self);
      const folder = await dataFolder(session.io, options.data);
      const source = await openFile(resolve(session.io.cwd, file));
      const { filesCount, problems } = await restoreBackup(source.readable, folder);
      screen.result(
        { folder, filesCount, problems },
        () => [
          `${screen.colours.green("✔")} ${filesCount} files in ${folder}`,
          `  start it with: berth serve --data ${folder}`,
          ...problems.map(({ detail }) => screen.colours.red(`  damaged: ${detail}`)),
        ],
      );
    });
  examples(restore, [["berth restore host.tar --data /var/lib/berth", "on a new device"]]);
}

/** Writes to a file that only its owner may read; without the whole of it there is none. */
async function download(from: ReadableStream<Uint8Array>, path: string): Promise<number> {
  const partial = `${path}.part`;
  try {
    const file = await Deno.open(partial, { write: true, create: true, truncate: true, mode: 0o600 });
    await from.pipeTo(file.writable);
    await Deno.rename(partial, path);
    return (await Deno.stat(path)).size;
  } catch (error) {
    await Deno.remove(partial).catch(() => {});
    throw error;
  }
}

async function openFile(path: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(path);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CliError("file-unreadable", `Read ${path} and failed: ${why}`);
  }
}
