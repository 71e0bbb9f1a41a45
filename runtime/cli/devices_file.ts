/** Devices by name: a file of this user, so that `--host pi` is enough. */
import { dirname, join } from "@std/path";
import { CliError } from "./errors.ts";
import type { Io } from "./io.ts";

/** A device that has a name. */
export interface NamedDevice {
  /** `http://192.168.1.20:8083`. */
  readonly origin: string;
  readonly key?: string;
}

/** All of them. */
export type NamedDevices = Readonly<Record<string, NamedDevice>>;

/** Where they are kept: `BERTH_CONFIG`, else where the system keeps such things. */
export function devicesFile(io: Io): string {
  const own = io.env("BERTH_CONFIG");
  if (own) return own;
  const home = io.env("HOME") ?? io.env("USERPROFILE") ?? io.cwd;
  if (Deno.build.os === "windows") return join(io.env("APPDATA") ?? home, "berth", "devices.json");
  return join(io.env("XDG_CONFIG_HOME") ?? join(home, ".config"), "berth", "devices.json");
}

/** Reads them; none when there is no file. */
export async function readDevices(io: Io): Promise<NamedDevices> {
  const path = devicesFile(io);
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch {
    return {};
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) {
      return Object.fromEntries(Object.entries(value).flatMap(entryOf));
    }
  } catch {
    // told below
  }
  throw new CliError("file-unreadable", `Read the devices in ${path}, which is not JSON`, {
    fix: "Correct it, or remove it and add the devices again with: berth device add",
  });
}

function entryOf([name, value]: [string, unknown]): [string, NamedDevice][] {
  if (typeof value !== "object" || value === null) return [];
  const { origin, key }: { origin?: unknown; key?: unknown } = value;
  if (typeof origin !== "string") return [];
  return [[name, { origin, ...(typeof key === "string" ? { key } : {}) }]];
}

/** Writes them; they hold keys, so only this user may read them. */
export async function writeDevices(io: Io, devices: NamedDevices): Promise<void> {
  const path = devicesFile(io);
  await Deno.mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${crypto.randomUUID()}`;
  await Deno.writeTextFile(temporary, JSON.stringify(devices, null, 2) + "\n", { mode: 0o600 });
  await Deno.rename(temporary, path);
}
