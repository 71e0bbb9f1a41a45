/** A deployment: an image, put to work under a name, with what the operator granted it. */
import type { Grants } from "../capabilities/grants.ts";
import { BerthError } from "./error.ts";
import { type LimitName, LIMITS, type Limits } from "./limits.ts";
import type { ServiceRecord } from "./store/store.ts";
import type { Manifest } from "./unit/manifest.ts";

/** What a client asks for when it deploys. */
export interface DeployOptions {
  /** Who owns it; the first part of its id and address. */
  readonly clientId: string;
  /** Its name; the manifest's when absent. */
  readonly name?: string;
  /** Configuration; goes before the manifest's. */
  readonly env?: Readonly<Record<string, string>>;
  /** Guest path → folder of the host, for mounts whose `host` the manifest leaves open or suggests. */
  readonly mounts?: Readonly<Record<string, string>>;
  /** What is granted in place of what the manifest asks. */
  readonly grants?: Grants;
  /** Whether the operator has seen and granted what is asked; else more than what is held waits for approval. */
  readonly approved?: boolean;
  /** Limits lower than the manifest's. */
  readonly limits?: Readonly<Partial<Record<LimitName, number>>>;
}

/** A deployment: what is stored of it, and what follows from that on this host. */
export interface Deployment {
  readonly record: ServiceRecord;
  readonly manifest: Manifest;
  /** Where it is reached: the client id and its base path. */
  readonly address: string;
  /** The limits in force for it. */
  readonly limits: Limits;
}

/** The parts of the environment by which mimOE's clients steer the host. */
export const STEERING = {
  basePath: "MCM.BASE_API_PATH",
  alias: "MCM.API_ALIAS",
  maxSeconds: "MCM.MAX_EXECUTION_TIME_SEC",
  webSocket: "MCM.WEBSOCKET_SUPPORT",
} as const;

/** What follows from a record on a host with these limits. */
export function deploymentOf(record: ServiceRecord, manifest: Manifest, hostLimits: Limits): Deployment {
  const limits = lowerLimits(lowerLimits(hostLimits, manifest.limits), record.limits);
  return { record, manifest, address: `/${record.clientId}${record.basePath}`, limits };
}

function lowerLimits(from: Limits, asked: Partial<Record<LimitName, number>>): Limits {
  const limits: Record<string, number> = { ...from };
  for (const [name, value] of Object.entries(asked)) {
    if (!LIMITS[name as LimitName]?.perService) {
      throw new BerthError("deployment-invalid", `the limit ${name} cannot be set for a service`);
    }
    limits[name] = Math.min(limits[name] ?? value, value);
  }
  return limits as Limits;
}
