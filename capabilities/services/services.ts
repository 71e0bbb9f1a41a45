/** What a guest with the `services` capability holds, and how its calls look on their way to the host. */
import type { CancelSignal } from "../cancel.ts";
import type { OpenedCapability } from "../capability.ts";

/** The grant: names of services of the same client, or beginnings of names (`other-*`). */
export interface ServicesGrant {
  readonly allow: readonly string[];
}

/** A call to another service of the same device. */
export interface ServiceRequest {
  /** The service's name, as it was deployed. */
  readonly service: string;
  /** Path and query below its base path, with the leading slash. */
  readonly path: string;
  readonly method: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array;
  /** Aborts with the request that it belongs to. */
  readonly signal: CancelSignal;
  /** At most what is left of the calling request's time, which holds when absent. */
  readonly timeoutMs?: number;
}

/** The other service's answer, whole. */
export interface ServiceAnswer {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array;
}

/** Calls to other services, without a socket. Every failure is a `CapabilityError`; calls that nest too deep are `loop`. */
export interface Services extends OpenedCapability {
  call(request: ServiceRequest): Promise<ServiceAnswer>;
}

/** What the host gets of a call beside its body. */
export type ServiceCallHead = Pick<ServiceRequest, "service" | "path" | "method" | "headers">;

/** What the host gives of an answer beside its body. */
export type ServiceAnswerHead = Pick<ServiceAnswer, "status" | "headers">;

/** Whether a grant names a service. */
export function allowsService(grant: ServicesGrant, name: string): boolean {
  return grant.allow.some((entry) =>
    entry.endsWith("*") ? name.startsWith(entry.slice(0, -1)) : name === entry
  );
}
