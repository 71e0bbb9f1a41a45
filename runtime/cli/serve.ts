/** A host on this machine, until it is asked to end. */
import { join } from "@std/path";
import { BerthError } from "../error.ts";
import type { FrontName, Host, Listening } from "../../mod.ts";
import { announceHost } from "./announce.ts";
import { dataFolder } from "./device.ts";
import { CliError } from "./errors.ts";
import type { Io } from "./io.ts";
import type { Colours, Screen } from "./screen.ts";
import { readHostFiles, readTls, type ServeFiles } from "./serve_options.ts";

/** The options of `berth serve`. */
export interface ServeCommandOptions extends ServeFiles {
  readonly port: number;
  readonly host: string;
  readonly data?: string;
  readonly front?: FrontName;
  readonly announce?: boolean;
}

/** What is written with. */
export interface ServeScreen extends Pick<Screen, "note" | "result"> {
  readonly colours: Pick<Colours, "bold" | "dim" | "green" | "red" | "yellow">;
}

const STOP_GRACE_MS = 10_000;

/** The port that a text names, or `null`: an empty variable of a script names none. */
export function portOf(text: string): number | null {
  const port = Number(text);
  return /^\d{1,5}$/.test(text) && port <= 65_535 ? port : null;
}

/** Serves until Ctrl-C, or until the server ends. */
export async function serve(options: ServeCommandOptions, io: Io, screen: ServeScreen): Promise<void> {
  const { cwd, interrupted } = io;
  const { createHost, isLoopback, listenHost } = await import("../../mod.ts");
  const folder = await dataFolder(io, options.data);
  await Deno.mkdir(folder, { recursive: true }).catch((error) => {
    const why = error instanceof Error ? error.message : String(error);
    throw new CliError("file-unreadable", `Tried to make the data folder ${folder}: ${why}`, {
      fix: "Choose a folder that this user may write to, with --data.",
    });
  });
  const tls = await readTls(cwd, options);
  await using host = await createHost({
    dataFolder: folder,
    httpPort: options.port,
    ownProcess: true,
    ...await readHostFiles(cwd, options),
  }).catch((error) => {
    throw inFolder(error, folder);
  });
  const { host: hostname, port, front } = options;
  const listening = await listen(
    () => listenHost(host, { hostname, port, ...(front ? { front } : {}), ...(tls ? { tls } : {}) }),
    options,
  );
  const { origin } = listening;
  await using _discovery = options.announce ?? !isLoopback(hostname)
    ? await announceHost(host, listening.port, hostname, tls !== undefined)
    : null;
  screen.result(
    {
      origin,
      port: listening.port,
      front: listening.front,
      data: folder,
      problems: host.problems,
      ...host.health(),
    },
    () =>
      shownLines(screen.colours, host, listening, {
        folder,
        tls: tls !== undefined,
        open: !isLoopback(hostname),
      }),
  );
  const asked = new Promise<void>((resolve) => {
    if (interrupted.aborted) resolve();
    interrupted.addEventListener("abort", () => resolve(), { once: true });
  });
  await Promise.race([asked, listening.finished]);
  screen.note("stopping: requests under way may end");
  // Together: an open stream ends with its service, and the server ends with its last stream.
  await Promise.all([listening.stop(STOP_GRACE_MS), host.close(STOP_GRACE_MS)]);
}

/** What is wrong with the data folder, with its path: the host's own errors name none, since callers may read them. */
function inFolder(error: unknown, folder: string): unknown {
  if (!(error instanceof BerthError) || !error.code.startsWith("store-")) return error;
  return new BerthError(error.code, `${error.detail} (${folder})`, error.data, error.internal, {
    cause: error,
  });
}

function shownLines(
  c: ServeScreen["colours"],
  host: Host,
  listening: Listening,
  { folder, tls, open }: { readonly folder: string; readonly tls: boolean; readonly open: boolean },
): string[] {
  const front = listening.front === "fast"
    ? "fast (no time-outs for clients)"
    : "safe (time-outs for clients)";
  return [
    `${c.green("●")} Berth listens at ${c.bold(listening.origin)}`,
    `  console  ${openableOrigin(listening.origin)}/console/`,
    `  data     ${folder}`,
    `  API key  ${join(folder, "api-key")}`,
    `  services ${host.health().services}`,
    `  front    ${front}`,
    ...host.problems.map(({ target, detail }) => c.red(`  ${target.slice(0, 12)} is damaged: ${detail}`)),
    ...(open ? openLines(c, tls, listening.front) : []),
    c.dim("  Ctrl-C ends it; a second time at once."),
  ];
}

/** An address that a browser on this machine opens: all of its interfaces are none. */
function openableOrigin(origin: string): string {
  return origin.replace(/\/\/(0\.0\.0\.0|\[::\])(?=:|$)/, "//localhost");
}

/** What whoever opens a host to a network must know. */
function openLines(c: ServeScreen["colours"], tls: boolean, front: FrontName): string[] {
  const lines = [c.yellow("  Services answer everyone who reaches this machine; management needs the key.")];
  if (!tls) {
    lines.push(
      c.red("  WARNING: not encrypted. Everyone on the way reads the API key and every request."),
      c.red("  Give --tls-cert and --tls-key, or put a proxy with TLS in front."),
    );
  }
  if (front === "fast") {
    lines.push(
      c.red(
        "  WARNING: the fast front waits for slow clients without end and takes no WebSockets; --front safe bounds both.",
      ),
    );
  }
  return lines;
}

async function listen<T>(start: () => Promise<T>, { host, port }: ServeCommandOptions): Promise<T> {
  try {
    return await start();
  } catch (error) {
    // One front throws Deno's errors, the other those of Node.
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (error instanceof Deno.errors.AddrInUse || code === "EADDRINUSE") {
      throw new CliError("usage", `Tried to listen at ${host}:${port}, which something else uses`, {
        fix: "Stop that, or take another port with --port.",
      });
    }
    const refused = error instanceof Deno.errors.AddrNotAvailable ||
      error instanceof Deno.errors.PermissionDenied || REFUSED.includes(code);
    if (!refused) throw error;
    const why = error instanceof Error ? error.message : code;
    throw new CliError("usage", `Tried to listen at ${host}:${port} and could not: ${why}`, {
      fix: "Give an address of this machine with --host, and a port above 1023.",
    });
  }
}

const REFUSED = ["EADDRNOTAVAIL", "EACCES", "EINVAL", "ENOTFOUND"];
