/** What a device's management API answers, as far as the command line reads it. */
import type { ModuleReport } from "./module_text.ts";

/** A service in a list. */
export interface ServiceSummary {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly description?: string;
  readonly clientId: string;
  readonly basePath: string;
  readonly url: string;
  readonly state: string;
  readonly reason?: string;
  readonly image: string;
  readonly revision?: number;
  readonly createdMs?: number;
  readonly updatedMs?: number;
  readonly counters?: {
    readonly requests?: number;
    readonly errors?: number;
    readonly cpuMs?: number;
    readonly denials?: Readonly<Record<string, number>>;
    readonly egress?: { readonly sentBytes: number; readonly receivedBytes: number };
  };
  readonly load?: Readonly<Record<string, unknown>>;
}

/** All that is known of a service. */
export interface ServiceDetails extends ServiceSummary {
  readonly memory?: string;
  /** Names of the configuration; values may be secrets. */
  readonly env?: readonly string[];
  readonly grants?: Readonly<Record<string, unknown>>;
  readonly grantsInWords?: readonly { readonly name: string; readonly allows: readonly string[] }[];
  readonly limits?: Readonly<Record<string, number>>;
  /** What it uses now, by the name of the limit. */
  readonly use?: Readonly<Record<string, number>>;
  readonly preparation?: ModuleReport;
}

/** A line of a service's log. */
export interface LogEntry {
  readonly time: string;
  readonly level: string;
  readonly source: string;
  readonly message: string;
  readonly requestId?: string;
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** How an image is put to work. */
export interface DeployRequest {
  readonly name?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Guest path → folder of the device. */
  readonly mounts?: Readonly<Record<string, string>>;
  readonly grants?: Readonly<Record<string, unknown>>;
  readonly limits?: Readonly<Record<string, number>>;
  /** Whoever sends this has seen what is asked and grants it. */
  readonly approved?: boolean;
}

/** One thing that a grant allows, in plain words. */
export interface AuthorityLine {
  readonly capability: string;
  readonly allows: string;
}

/** A deployment that asks for more than its service holds; it starts when the operator has granted that. */
export interface PendingDeployment {
  readonly id: string;
  readonly state: "waiting-for-approval";
  readonly name: string;
  readonly version: string;
  readonly image: string;
  readonly more: readonly AuthorityLine[];
  readonly asks: readonly AuthorityLine[];
}

/** What a service holds, and what waits for the operator. */
export interface ServiceGrants {
  readonly id: string;
  readonly held: readonly AuthorityLine[];
  readonly pending:
    | (Omit<PendingDeployment, "id" | "state"> & {
      readonly less: readonly AuthorityLine[];
      readonly sinceMs: number;
    })
    | null;
}

/** A service after a grant was taken back. */
export interface Revoked extends ServiceSummary {
  readonly lost: readonly AuthorityLine[];
  /** Empty when it works without it. */
  readonly trouble: string;
  /** Whether the host's policy gives it back at the next deployment. */
  readonly policyGrants: boolean;
}

/** An API key of a device, without the key itself. */
export interface KeyInfo {
  readonly name: string;
  readonly scopes: readonly string[];
  readonly createdMs?: number;
}

/** An image that was uploaded. */
export interface ImageSummary {
  readonly id: string;
  readonly name: string;
  readonly digest: string;
  readonly repoTags: readonly string[];
  /** Bytes of the upload. */
  readonly size: number;
  /** When it came (ms). */
  readonly created: number;
}

/** A version of a service, now or before. */
export interface Revision {
  readonly revision: number;
  readonly version: string;
  readonly image: string;
  readonly updatedMs: number;
  readonly current: boolean;
}

/** What a device says of itself without a key. */
export interface Health {
  readonly status: string;
  readonly services?: number;
  readonly failing?: number;
}

/** A line of the audit log. */
export interface Action {
  readonly number: number;
  readonly atMs: number;
  readonly action: string;
  readonly target: string;
  readonly outcome: string;
  readonly code?: string;
  readonly via: string;
  readonly remoteAddress: string;
}

/** A row of the limits table. */
export interface LimitRow {
  readonly unit: string;
  readonly default: number;
  readonly ceiling: number;
  readonly perService: boolean;
  readonly reason: string;
}

/** A secret of a service, without its value. */
export interface SecretState {
  readonly name: string;
  readonly setMs?: number;
  readonly set: boolean;
  /** Whether the service holds a grant for it. */
  readonly granted: boolean;
}
