/** `berth serve`. */
import { type Command, InvalidArgumentError } from "commander";
import { join } from "@std/path";
import { dataFolder } from "../device.ts";
import { CliError } from "../errors.ts";
import { examples, type Session } from "../session.ts";

interface ServeCommandOptions {
  readonly port: number;
  readonly host: string;
  readonly data?: string;
}

const STOP_GRACE_MS = 10_000;

/** Adds the command. */
export function registerServe(program: Command, session: Session): void {
  const command = program.command("serve").description("Run a host on this machine.")
    .option("-p, --port <number>", "the one port for everything; 0 takes a free one", readPort, 8083)
    .option("--host <address>", "where to listen; 0.0.0.0 is every network", "127.0.0.1")
    .option(
      "--data <folder>",
      "where everything is kept  (default: $BERTH_DATA, ./.berth if it exists, else the user's)",
    )
    .option("--json", "print JSON")
    .action(async (options: ServeCommandOptions, self: Command) => {
      session.endsItself = true;
      const { createHost, serveHost } = await import("../../../mod.ts");
      const screen = session.screen(self);
      const folder = await dataFolder(session.io, options.data);
      await using host = await createHost({ dataFolder: folder, httpPort: options.port });
      const listening = listen(
        () => serveHost(host, { hostname: options.host, port: options.port }),
        options,
      );
      const c = screen.colours;
      screen.result(
        { origin: listening.origin, port: listening.port, data: folder, ...host.health() },
        () => [
          `${c.green("●")} Berth listens at ${c.bold(listening.origin)}`,
          `  data     ${folder}`,
          `  API key  ${join(folder, "api-key")}`,
          `  services ${host.health().services}`,
          ...(isOpen(options.host)
            ? [c.yellow("  Services answer everyone who reaches this machine; management needs the key.")]
            : []),
          c.dim("  Ctrl-C ends it; a second time at once."),
        ],
      );
      const { interrupted } = session.io;
      const asked = new Promise<void>((resolve) => {
        if (interrupted.aborted) resolve();
        interrupted.addEventListener("abort", () => resolve(), { once: true });
      });
      await Promise.race([asked, listening.finished]);
      screen.note("stopping: requests under way may end");
      await listening.stop(STOP_GRACE_MS);
    });
  examples(command, [
    ["berth serve", "for this machine only"],
    ["berth serve --host 0.0.0.0 --data /var/lib/berth", "for the network, as a device does"],
  ]);
}

function listen<T>(start: () => T, { host, port }: ServeCommandOptions): T {
  try {
    return start();
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) {
      throw new CliError("usage", `Tried to listen at ${host}:${port}, which something else uses`, {
        fix: "Stop that, or take another port with --port.",
      });
    }
    if (error instanceof Deno.errors.AddrNotAvailable || error instanceof Deno.errors.PermissionDenied) {
      throw new CliError("usage", `Tried to listen at ${host}:${port}: ${error.message}`, {
        fix: "Give an address of this machine with --host, and a port above 1023.",
      });
    }
    throw error;
  }
}

function isOpen(address: string): boolean {
  return !/^(127\.|localhost$|::1$)/.test(address);
}

function readPort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new InvalidArgumentError("A port is 0 to 65535.");
  }
  return port;
}
