/**
 * The one shape of a capability.
 *
 * A capability is a folder with three parts:
 * - `grant.ts`, used by the host when a service is deployed: the zod schema of its manifest key, and what it allows
 *   in plain words;
 * - `plan.ts`, used by the host when a worker starts: the Deno permissions that it needs; absent where it needs none;
 * - `open.ts`, used by the worker: opens the granted thing.
 * The last two import no package, so that neither a worker nor a host that only serves loads zod.
 *
 * The tables `grants.ts`, `plans.ts` and `open.ts` beside this file have one line for each. A capability that is not
 * granted is never opened: code that would use it finds `undefined` and answers "denied".
 */
import type { z } from "zod";
import type { CancelSignal } from "./cancel.ts";
import type { CapabilityLimits } from "./limits.ts";

/** The capabilities, by the name of their manifest key, in the order in which they are shown. */
export const CAPABILITY_NAMES = [
  "files",
  "clock",
  "random",
  "env",
  "stdio",
  "http",
  "storage",
  "services",
  "websocket",
] as const;

/** @internal The name of a capability: its key under `capabilities` in the manifest. */
export type CapabilityName = (typeof CAPABILITY_NAMES)[number];

/** What a worker must be allowed by Deno; each list holds exact paths or `host:port` entries. */
export interface PermissionPlan {
  readonly read: readonly string[];
  readonly write: readonly string[];
  readonly net: readonly string[];
  /** Libraries that may be called; absent for none, which is the rule. */
  readonly ffi?: readonly string[];
}

/** A plan that needs nothing. */
export const NO_PERMISSIONS: PermissionPlan = { read: [], write: [], net: [] };

/** The plan of a capability that the host or the worker's own code gives, whatever the grant. */
export const planNothing = (): PermissionPlan => NO_PERMISSIONS;

/** Where a service lives on the device; absolute paths made by the host, never by a manifest. */
export interface ServicePlace {
  /** The service's own folder for files, made by the host. */
  readonly privateFolder: string;
  /** The SQLite file of its key–value storage. */
  readonly storageFile: string;
  /** The read-only assets of its image; `null` when the tar had none. */
  readonly assetsFolder: string | null;
  /** This Berth's own address as a service calls it (`http://127.0.0.1:8083`); absent when it serves none. */
  readonly selfOrigin?: string;
}

/** The host's half of a capability. `Grant` is plain JSON: it is stored, shown and posted to the worker. */
export interface CapabilityDefinition<Grant> {
  readonly name: CapabilityName;
  /** What it gives, in a sentence without its subject: "reads the time of day". */
  readonly summary: string;
  /** The schema of the manifest key; strict, and its defaults complete the grant. */
  readonly schema: z.ZodType<Grant>;
  /** The schema in a manifest, where a part of the grant is the operator's alone to give; else {@link schema}. */
  readonly manifestSchema?: z.ZodType<Grant>;
  /** The Deno permissions that the worker needs for this grant. */
  plan(grant: Grant, place: ServicePlace): PermissionPlan;
  /** The grant in plain words, a line for each thing that it allows. */
  describe(grant: Grant): string[];
  /** Those lines of {@link describe} that the operator is asked for even where everyone gets the capability. */
  alwaysAsked?(grant: Grant): string[];
}

/** A level of a log line. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** One line for the service's log. */
export interface LogLine {
  readonly level: LogLevel;
  /** Who wrote it: the guest on one of its streams, or the host about the guest. */
  readonly source: "stdout" | "stderr" | "log" | "host";
  readonly message: string;
  /** The request under way when it was written; absent at start-up. */
  readonly requestId?: string;
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** Something that only the host can do: one call, one reply. Its head is plain JSON of the capability's own making. */
export interface HostCall {
  readonly kind: "service" | "websocket" | "link";
  readonly head: unknown;
  readonly body: Uint8Array;
  /** Gives the call up: the host is told, and the call rejects with `aborted`. */
  readonly signal?: CancelSignal;
}

/** What the host says to a {@link HostCall}. */
export interface HostReply {
  readonly head: unknown;
  readonly body: Uint8Array;
}

/** What a capability gets to open itself in the worker. */
export interface OpenContext {
  readonly place: ServicePlace;
  readonly limits: CapabilityLimits;
  /** The configuration of the deployment (`env` of the manifest and of the create call, joined). */
  readonly config: Readonly<Record<string, string>>;
  /** The secrets that the operator set for the service and its grant names; none where nobody keeps any. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Hands a line to the service's log. */
  log(line: LogLine): void;
  /**
   * Has a symbolic link made by someone who may: `path` below a mount's host folder, holding `text`. Deno lets no
   * worker with path permissions make one; where this is absent the guest gets PERM. Throws, or rejects, on failure.
   */
  makeLink?(hostFolder: string, path: string, text: string): void | Promise<void>;
  /** Runs it once the requests that are at hand have all begun; where this is absent, a microtask is soon enough. */
  soon?(action: () => void): void;
  /** Counts bytes of bodies that went to other hosts and came from them, for the operator. */
  transferred?(sentBytes: number, receivedBytes: number): void;
  /** Has the host do something; rejects with a `CapabilityError`. Absent where nobody can be asked. */
  callHost?(call: HostCall): Promise<HostReply>;
}

/** The worker's half: opens what the grant allows. */
export type OpenCapability<Grant, Opened extends OpenedCapability> = (
  grant: Grant,
  context: OpenContext,
) => Opened;

/** What every opened capability has. */
export interface OpenedCapability {
  /** Releases everything; called once, when the worker stops. */
  close(): void;
}
