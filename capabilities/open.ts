/** The worker's table of capabilities: one line each. Imports no package. */
import type { CapabilityName, OpenCapability, OpenContext, OpenedCapability } from "./capability.ts";
import type { Clock } from "./clock/clock.ts";
import { openClock } from "./clock/open.ts";
import type { Env } from "./env/env.ts";
import { openEnv } from "./env/open.ts";
import type { Files } from "./files/files.ts";
import { openFiles } from "./files/open.ts";
import type { Http } from "./http/http.ts";
import { openHttp } from "./http/open.ts";
import { openRandom } from "./random/open.ts";
import type { Random } from "./random/random.ts";
import { openStdio } from "./stdio/open.ts";
import type { Stdio } from "./stdio/stdio.ts";
import { openStorage } from "./storage/open.ts";
import { openServices } from "./services/open.ts";
import type { Services } from "./services/services.ts";
import type { Storage } from "./storage/storage.ts";
import { openWebSocket } from "./websocket/open.ts";
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

/** How to open each; the grant was checked by the host against the capability's schema. */
// deno-lint-ignore no-explicit-any -- a table over different grant types
const OPENERS: Readonly<Partial<Record<CapabilityName, OpenCapability<any, OpenedCapability>>>> = {
  files: openFiles,
  clock: openClock,
  random: openRandom,
  env: openEnv,
  stdio: openStdio,
  http: openHttp,
  storage: openStorage,
  services: openServices,
  websocket: openWebSocket,
};

/** Opens every granted capability; none of the others. */
export function openCapabilities(
  grants: Readonly<Partial<Record<CapabilityName, unknown>>>,
  context: OpenContext,
): OpenedCapabilities {
  const opened: Partial<Record<CapabilityName, OpenedCapability>> = {};
  for (
    const [name, open] of Object.entries(OPENERS) as [
      CapabilityName,
      OpenCapability<unknown, OpenedCapability>,
    ][]
  ) {
    if (grants[name] !== undefined) opened[name] = open(grants[name], context);
  }
  return opened as OpenedCapabilities;
}

/** Closes whatever was opened. */
export function closeCapabilities(opened: OpenedCapabilities): void {
  for (const capability of Object.values(opened) as OpenedCapability[]) capability.close();
}
