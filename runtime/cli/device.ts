/** Which device a command talks to, and with which key. */
import { join, resolve } from "@std/path";
import { readDevices } from "./devices_file.ts";
import type { Io } from "./io.ts";
import { CliError } from "./errors.ts";

/** How a device was chosen on the command line. */
export interface DeviceChoice {
  readonly host?: string;
  readonly key?: string;
  readonly data?: string;
  readonly clientId?: string;
}

/** A device to talk to. */
export interface Device {
  /** `http://127.0.0.1:8083`. */
  readonly origin: string;
  readonly key: string | undefined;
  readonly clientId: string | undefined;
  /** Whether it is this machine: paths of mounts are then meant as they are here. */
  readonly local: boolean;
}

const DEFAULT_ORIGIN = "http://127.0.0.1:8083";
const DEFAULT_PORT = 8083;

/** Chooses the device: `--host`, `EDGE_ENGINE_URI`, this machine; either may be a name of `berth device`. */
export async function chooseDevice(io: Io, choice: DeviceChoice): Promise<Device> {
  const given = choice.host ?? io.env("EDGE_ENGINE_URI");
  const named = given && !given.includes(".") && !given.includes(":")
    ? (await readDevices(io))[given]
    : undefined;
  const origin = named?.origin ?? (given ? originOf(given) : DEFAULT_ORIGIN);
  const local = isLoopback(new URL(origin).hostname);
  const key = choice.key ?? named?.key ?? io.env("BERTH_API_KEY") ??
    (local ? await localKey(io, choice.data) : undefined);
  return { origin, key, clientId: choice.clientId ?? io.env("BERTH_CLIENT_ID"), local };
}

/** `pi.local`, `10.0.0.5:8083`, `http://pi.local:8083`; without a port, 8083. */
export function originOf(text: string): string {
  const withScheme = /^https?:\/\//i.test(text) ? text : `http://${text}`;
  const url = URL.parse(withScheme);
  if (!url || url.hostname === "" || url.username !== "" || url.search !== "" || url.hash !== "") {
    throw new CliError("usage", `Read the device's address and got ${JSON.stringify(text)}`, {
      fix: "Write it as 192.168.1.20:8083 or http://pi.local:8083.",
    });
  }
  const portless = !/^https?:/i.test(text) && !/:\d+\/?$/.test(text);
  if (portless && url.port === "") url.port = String(DEFAULT_PORT);
  return url.origin;
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

/** The key of a host on this machine. It is never sent anywhere else: another device has another key. */
async function localKey(io: Io, data: string | undefined): Promise<string | undefined> {
  try {
    return (await Deno.readTextFile(join(await dataFolder(io, data), "api-key"))).trim();
  } catch {
    return undefined; // the device says that it wants one
  }
}

/** The data folder: `--data`, `BERTH_DATA`, `.berth` of this folder if there is one, else the user's own. */
export async function dataFolder(io: Io, given?: string): Promise<string> {
  const named = given ?? io.env("BERTH_DATA");
  if (named) return resolve(io.cwd, named);
  const here = join(io.cwd, ".berth");
  if (await Deno.stat(join(here, "api-key")).then(() => true, () => false)) return here;
  const home = io.env("HOME") ?? io.env("USERPROFILE") ?? io.cwd;
  if (Deno.build.os === "windows") return join(io.env("LOCALAPPDATA") ?? home, "berth", "data");
  if (Deno.build.os === "darwin") return join(home, "Library", "Application Support", "berth");
  return join(io.env("XDG_DATA_HOME") ?? join(home, ".local", "share"), "berth");
}
