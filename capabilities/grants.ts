/** The host's table of capabilities: one line each. Uses zod: see `plans.ts` for what a worker's start needs. */
import type { CapabilityDefinition, CapabilityName } from "./capability.ts";
import { clockCapability } from "./clock/grant.ts";
import { envCapability } from "./env/grant.ts";
import { filesCapability } from "./files/grant.ts";
import { httpCapability } from "./http/grant.ts";
import { randomCapability } from "./random/grant.ts";
import { servicesCapability } from "./services/grant.ts";
import { stdioCapability } from "./stdio/grant.ts";
import { storageCapability } from "./storage/grant.ts";
import { webSocketCapability } from "./websocket/grant.ts";

/** A capability whose grant type is its own affair: grants pass through as checked JSON. */
// deno-lint-ignore no-explicit-any -- a table over different grant types; each schema checks its own
export type AnyCapability = CapabilityDefinition<any>;

/** All capabilities that exist, in the order in which they are shown. */
export const CAPABILITIES: readonly AnyCapability[] = [
  filesCapability,
  clockCapability,
  randomCapability,
  envCapability,
  stdioCapability,
  httpCapability,
  storageCapability,
  servicesCapability,
  webSocketCapability,
];

/** Grants by capability name: what a manifest asks or an operator gave. */
export type Grants = { readonly [K in CapabilityName]?: unknown };
