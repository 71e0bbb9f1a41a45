/** The worker's table of capabilities: one line each. Loads only what is granted. */
import {
  CAPABILITY_NAMES,
  type CapabilityName,
  type OpenCapability,
  type OpenContext,
  type OpenedCapability,
} from "./capability.ts";
import type { Clock } from "./clock/clock.ts";
import type { Env } from "./env/env.ts";
import type { Files } from "./files/files.ts";
import type { Http } from "./http/http.ts";
import type { Random } from "./random/random.ts";
import type { Stdio } from "./stdio/stdio.ts";
import type { Services } from "./services/services.ts";
import type { Storage } from "./storage/storage.ts";
import type { WebSockets } from "./websocket/websocket.ts";

/** What a guest holds: a member is there only when it was granted. */
export interface OpenedCapabilities {
  readonly files?: Files;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly env?: Env;
  readonly stdio?: Stdio;
  readonly http?: Http;
  readonly storage?: Storage;
  readonly services?: Services;
  readonly websocket?: WebSockets;
}

/** How to open one; the grant was checked by the host against the capability's schema. */
// deno-lint-ignore no-explicit-any -- a table over different grant types
type AnyOpen = OpenCapability<any, OpenedCapability>;

/** Openers by name, as far as they were loaded. */
export type Openers = Readonly<Partial<Record<CapabilityName, AnyOpen>>>;

/** What opens each. A worker evaluates only what its service was granted: the rest costs it no memory. */
const LOADERS: Readonly<Record<CapabilityName, () => Promise<AnyOpen>>> = {
  files: async () => (await import("./files/open.ts")).openFiles,
  clock: async () => (await import("./clock/open.ts")).openClock,
  random: async () => (await import("./random/open.ts")).openRandom,
  env: async () => (await import("./env/open.ts")).openEnv,
  stdio: async () => (await import("./stdio/open.ts")).openStdio,
  http: async () => (await import("./http/open.ts")).openHttp,
  storage: async () => (await import("./storage/open.ts")).openStorage,
  services: async () => (await import("./services/open.ts")).openServices,
  websocket: async () => (await import("./websocket/open.ts")).openWebSocket,
};

/** Loads what opens these capabilities. */
export async function loadOpeners(names: readonly CapabilityName[]): Promise<Openers> {
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await LOADERS[name]()])));
}

/** The names of what is granted. */
export function grantedNames(grants: Readonly<Partial<Record<CapabilityName, unknown>>>): CapabilityName[] {
  return CAPABILITY_NAMES.filter((name) => grants[name] !== undefined);
}

/** Opens every granted capability; none of the others. */
export function openGranted(
  openers: Openers,
  grants: Readonly<Partial<Record<CapabilityName, unknown>>>,
  context: OpenContext,
): OpenedCapabilities {
  const opened: Partial<Record<CapabilityName, OpenedCapability>> = {};
  for (const name of grantedNames(grants)) {
    const open = openers[name];
    if (!open) throw new Error(`open ${name}: it was not loaded`);
    opened[name] = open(grants[name], context);
  }
  return opened as OpenedCapabilities;
}

/** Closes whatever was opened. */
export function closeCapabilities(opened: OpenedCapabilities): void {
  for (const capability of Object.values(opened) as OpenedCapability[]) capability.close();
}
