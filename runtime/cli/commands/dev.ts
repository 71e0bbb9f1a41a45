/** `berth dev`: save, and the service is the new one. */
import { type Command, InvalidArgumentError } from "commander";
import { join, relative, resolve } from "@std/path";
import { Builder } from "../../build/build.ts";
import { DeviceClient } from "../client.ts";
import { Development } from "../dev/development.ts";
import { readKeyboard } from "../dev/keyboard.ts";
import { CliError } from "../errors.ts";
import { openInBrowser } from "../open.ts";
import type { Screen } from "../screen.ts";
import { collectPairs, deviceOptions, examples, type Session } from "../session.ts";
import { changes } from "../watch.ts";

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

/** Adds the command. */
export function registerDev(program: Command, session: Session): void {
  const command = program.command("dev")
    .description(
      "Build and deploy a service each time it is saved, show its log, ask it things. Brings its own host.",
    )
    .argument("[folder]", "the project", ".")
    .option("-p, --port <number>", "of the host that it brings", readPort, 8083)
    .option("--env <name=value>", "configuration; repeat for more", collectPairs("--env", wrong))
    .option(
      "--mount <guest=folder>",
      "the folder behind a mount; repeat for more",
      collectPairs("--mount", wrong, "GUEST=FOLDER"),
    );
  deviceOptions(command).action(async (folder: string, options: DevOptions, self: Command) => {
    session.endsItself = true;
    const root = resolve(session.io.cwd, folder);
    const screen = session.screen(self);
    if (options.host ?? session.io.env("EDGE_ENGINE_URI")) {
      return await develop(root, await session.client(self), options, session, screen);
    }
    await using own = await ownHost(root, options.port, session.io.interrupted);
    const data = relative(session.io.cwd, join(root, ".berth")) || ".berth";
    const { origin } = own.client.device;
    const taken = options.port === 0 || URL.parse(origin)?.port === String(options.port)
      ? ""
      : `; something else has port ${options.port}`;
    screen.note(`${screen.noteColours.green("●")} host at ${origin}, its data in ${data}${taken}`);
    await develop(root, own.client, options, session, screen);
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

/** Rounds until Ctrl-C or `q`; neither waits for a compiler. */
async function develop(
  root: string,
  client: DeviceClient,
  options: DevOptions,
  session: Session,
  screen: Screen,
): Promise<void> {
  const { io } = session;
  const quit = new AbortController();
  const signal = AbortSignal.any([io.interrupted, quit.signal]);
  const interactive = io.inIsTerminal && io.errIsTerminal && !screen.json;
  using builder = new Builder();
  const development = new Development({
    ...{ root, client, builder, session, screen, interactive, signal },
    mounts: options.mount ?? {},
    env: options.env ?? {},
  });
  const again = new AgainAndAgain((sinceMs, change) => development.round(sinceMs, change));
  const ended = new Promise<void>((end) => signal.addEventListener("abort", () => end(), { once: true }));
  let typing: Promise<void> | undefined;
  try {
    const rounds = roundsOf(root, again, screen, signal);
    if (interactive) {
      screen.note(screen.noteColours.dim("  type GET /path to ask the service; ? shows what else there is"));
      const actions = {
        rebuild: () => void again.wanted(Date.now(), "after r").catch(() => {}), // the loop has it too
        openConsole: () => {
          const address = `${client.device.origin}/console/`;
          openInBrowser(address);
          screen.note(`  ${address}  its key: berth key --data ${join(root, ".berth")}`);
        },
        quit: () => quit.abort(),
      };
      typing = readKeyboard(io.keys(signal), development, actions, screen, signal);
    }
    await Promise.race([rounds, ended]);
  } finally {
    quit.abort();
    screen.quiet();
    await typing; // the terminal is as it was
    screen.prompt("");
  }
}

/** The first round, then one for each change. */
async function roundsOf(
  root: string,
  again: AgainAndAgain,
  screen: Screen,
  signal: AbortSignal,
): Promise<void> {
  const seen = changes(root, signal); // watched before the first round: nothing is missed while it builds
  const next = seen.next();
  next.catch(() => {}); // looked at below
  await again.wanted(Date.now(), "after the start");
  for (let result = await next; !result.done; result = await seen.next()) {
    const files = result.value;
    const c = screen.noteColours;
    screen.note(c.dim(`${files.slice(0, 3).join(", ")}${files.length > 3 ? " …" : ""} changed`));
    await again.wanted(await savedMs(root, files), "after it was saved");
  }
}

/** A file that was put there with an older time was saved now, for all that one can tell. */
const SAVED_MAX_AGE_MS = 60_000;

/** When the newest of the files was written (ms). */
async function savedMs(root: string, files: readonly string[]): Promise<number> {
  const now = Date.now();
  const times = await Promise.all(files.map(async (file) => {
    const info = await Deno.stat(join(root, file)).catch(() => undefined); // removed
    return Math.min(now, info?.mtime?.getTime() ?? 0);
  }));
  const newest = Math.max(0, ...times);
  return now - newest < SAVED_MAX_AGE_MS ? newest : now;
}

/** One round at a time; the key and the watcher may both want one. */
class AgainAndAgain {
  #last: Promise<void> = Promise.resolve();

  constructor(private readonly run: (sinceMs: number, change: string) => Promise<void>) {}

  wanted(sinceMs: number, change: string): Promise<void> {
    return this.#last = this.#last.then(() => this.run(sinceMs, change));
  }
}

function readPort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new InvalidArgumentError("A port is 0 to 65535.");
  }
  return port;
}
