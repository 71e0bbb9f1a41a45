/** `berth dev`: save, and the service is the new one. */
import { type Command, InvalidArgumentError } from "commander";
import { join, resolve } from "@std/path";
import { Builder } from "../../build/build.ts";
import { BerthError } from "../../error.ts";
import { DeviceClient } from "../client.ts";
import { reportError } from "../report.ts";
import { durationText, type Screen } from "../screen.ts";
import { collectPairs, deviceOptions, examples, type Session } from "../session.ts";
import { changes } from "../watch.ts";
import { CliError } from "../errors.ts";
import { buildWithSteps } from "./build.ts";
import { isPending } from "./deploy.ts";
import { logLine } from "./logs.ts";

interface DevOptions {
  readonly host?: string;
  readonly port: number;
  readonly mount?: Record<string, string>;
  readonly env?: Record<string, string>;
}

const wrong = (detail: string): never => {
  throw new CliError("usage", detail, { fix: "See: berth dev --help" });
};

const STOP_GRACE_MS = 1_000;
const RECONNECT_MS = 300;

/** Adds the command. */
export function registerDev(program: Command, session: Session): void {
  const command = program.command("dev")
    .description("Build and deploy a service each time it is saved, and show its log. Brings its own host.")
    .argument("[folder]", "the project", ".")
    .option("-p, --port <number>", "of the host that it brings", readPort, 8083)
    .option("--env <name=value>", "configuration; repeat for more", collectPairs("--env", wrong))
    .option(
      "--mount <guest=folder>",
      "the folder behind a mount; repeat for more",
      collectPairs("--mount", wrong),
    );
  deviceOptions(command).action(async (folder: string, options: DevOptions, self: Command) => {
    session.endsItself = true;
    const root = resolve(session.io.cwd, folder);
    const screen = session.screen(self);
    const elsewhere = options.host ?? session.io.env("EDGE_ENGINE_URI");
    const ended = new Promise<void>((end) => {
      session.io.interrupted.addEventListener("abort", () => end(), { once: true });
    });
    if (elsewhere) {
      const client = await session.client(self);
      return await Promise.race([develop(root, client, options, session, screen), ended]);
    }
    await using own = await ownHost(root, options.port, session.io.interrupted);
    screen.note(`${screen.noteColours.green("●")} host at ${own.client.device.origin}, its data in .berth`);
    // Ctrl-C does not wait for a compiler.
    await Promise.race([develop(root, own.client, options, session, screen), ended]);
    screen.quiet();
  });
  examples(command, [
    ["berth dev hello", "the project in hello, on a host of its own"],
    ["berth dev --mount /logs=/var/log", "with a folder of this machine"],
    ["berth dev --host pi.local", "on that device"],
  ]);
}

/** A host in this process, on the port asked for or a free one. */
async function ownHost(
  root: string,
  port: number,
  interrupted: AbortSignal,
): Promise<AsyncDisposable & { readonly client: DeviceClient }> {
  const { createHost, serveHost } = await import("../../../mod.ts");
  const dataFolder = join(root, ".berth");
  const host = await createHost({ dataFolder });
  const listen = (at: number) => serveHost(host, { hostname: "127.0.0.1", port: at });
  let listening: ReturnType<typeof serveHost>;
  try {
    listening = listen(port);
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    listening = listen(0);
  }
  const key = (await Deno.readTextFile(join(dataFolder, "api-key"))).trim();
  return {
    client: new DeviceClient(
      { origin: listening.origin, key, clientId: undefined, local: true },
      interrupted,
    ),
    async [Symbol.asyncDispose]() {
      // Together: an open stream ends with its service, and the server ends with its last stream.
      await Promise.all([listening.stop(STOP_GRACE_MS), host.close(STOP_GRACE_MS)]);
    },
  };
}

async function develop(
  root: string,
  client: DeviceClient,
  options: DevOptions,
  session: Session,
  screen: Screen,
): Promise<void> {
  const { interrupted } = session.io;
  using builder = new Builder();
  const startedAt = new Date().toISOString();
  let following: string | undefined;
  const round = async () => {
    const name = await deployOnce(root, builder, client, options, session, screen);
    if (name === undefined || following !== undefined) return;
    following = name;
    followLog(name, client, screen, interrupted, startedAt);
  };
  await round();
  for await (const files of changes(root, interrupted)) {
    screen.note(
      screen.noteColours.dim(`${files.slice(0, 3).join(", ")}${files.length > 3 ? " …" : ""} changed`),
    );
    await round();
  }
}

/** One round; a mistake is shown, and what ran before runs on. Gives the service's name when it runs. */
async function deployOnce(
  root: string,
  builder: Builder,
  client: DeviceClient,
  options: DevOptions,
  session: Session,
  screen: Screen,
): Promise<string | undefined> {
  const { packProject } = await import("../pack.ts");
  const startedMs = performance.now();
  try {
    await buildWithSteps(builder, root, screen, {});
    const { tar } = await packProject(root);
    const mounts = Object.fromEntries(
      Object.entries(options.mount ?? {}).map(([guest, path]) => [guest, resolve(session.io.cwd, path)]),
    );
    // Whoever writes the manifest here is also the operator.
    const request = { approved: true, mounts, ...(options.env ? { env: options.env } : {}) };
    const service = await client.deploy(tar, request);
    if (isPending(service)) return undefined;
    const c = screen.noteColours;
    screen.note(
      `${c.green("✔")} ${c.bold(service.url)}  ${
        c.dim(`${durationText(performance.now() - startedMs)} after the change`)
      }`,
    );
    return service.name;
  } catch (error) {
    if (!(error instanceof BerthError)) throw error;
    await reportError(error, session);
    return undefined;
  }
}

/** Shows the service's log until the end; over new deployments, which end a stream. */
async function followLog(
  name: string,
  client: DeviceClient,
  screen: Screen,
  signal: AbortSignal,
  startedAt: string,
): Promise<void> {
  // Not what earlier runs said; a device may have another clock, so there the last lines are shown.
  let newest = client.device.local ? startedAt : "";
  while (!signal.aborted) {
    const shown = newest; // of the connection before
    try {
      for await (const entry of client.logs(name, { tail: 20, follow: true })) {
        if (signal.aborted) return;
        if (entry.time <= shown) continue;
        newest = entry.time;
        screen.line(logLine(entry, screen.colours));
      }
    } catch {
      // the service is being replaced, or the device is away: tried again
    }
    await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS));
  }
}

function readPort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new InvalidArgumentError("A port is 0 to 65535.");
  }
  return port;
}
