/** What the store keeps, as its users see it. Everything is plain JSON. */
import type { Grants } from "../../capabilities/grants.ts";
import type { AuditRecord } from "../audit.ts";
import type { LimitName } from "../limits.ts";
import type { ImageKind } from "../unit/image.ts";
import type { Manifest } from "../unit/manifest.ts";
import type { ModuleFacts } from "../unit/module.ts";

/** An image as a client uploaded it: a name of that client's for a content that several may share. */
export interface ImageRecord {
  /** `{clientId}-{name}`; the digest when no client has a name for it any more. */
  readonly id: string;
  /** "" when no client has a name for it. */
  readonly clientId: string;
  readonly name: string;
  /** Hexadecimal; the content's identity. */
  readonly digest: string;
  readonly kind: ImageKind;
  readonly version: string;
  readonly repoTags: readonly string[];
  readonly manifest: Manifest;
  readonly facts: ModuleFacts | null;
  /** Hexadecimal. */
  readonly moduleSha256: string;
  readonly moduleBytes: number;
  readonly assetsCount: number;
  /** Bytes as this client uploaded it. */
  readonly sizeBytes: number;
  /** When it was built, as it says, else when it came. */
  readonly createdMs: number;
  /** Why its content cannot be used; `null` when it can. */
  readonly damaged: string | null;
}

/** What a service is meant to do; `failed` is set by the host with a reason. */
export type ServiceState = "started" | "stopped" | "failed";

/** A deployment as it is put. */
export interface ServiceInput {
  /** Who owns it. */
  readonly clientId: string;
  /** Its name; unique for a client. */
  readonly name: string;
  /** The content of its image. */
  readonly imageDigest: string;
  /** The image, as its client named it. */
  readonly imageId: string;
  /** The path under which it is reached; unique for a client. */
  readonly basePath: string;
  /** Its configuration. */
  readonly env: Readonly<Record<string, string>>;
  /** What it may do. */
  readonly grants: Grants;
  /** Its own limits, where they differ from the host's. */
  readonly limits: Readonly<Partial<Record<LimitName, number>>>;
  /** `started` when absent. */
  readonly state?: ServiceState;
}

/** A deployment as it is kept. */
export interface ServiceRecord extends Required<ServiceInput> {
  /** `{clientId}-{name}`. */
  readonly id: string;
  /** "" unless the state has a reason. */
  readonly stateReason: string;
  /** 1 for the first deployment, one more for each that follows. */
  readonly revision: number;
  readonly createdMs: number;
  readonly updatedMs: number;
}

/** Something that was found wrong when the store was opened; the rest works. */
export interface StoreProblem {
  /** What is wrong. */
  readonly kind: "image-damaged" | "leftover";
  /** The image's digest, or what was left over. */
  readonly target: string;
  /** How it is wrong; without a path of the host. */
  readonly detail: string;
}

/** One line of the audit log. */
export interface AuditEntry extends AuditRecord {
  /** Grows by one with each line. */
  readonly number: number;
}
