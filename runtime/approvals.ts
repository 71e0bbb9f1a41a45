/** Deployments that wait for the operator's word; they outlive a restart. */
import type { AuthorityLine } from "./authority.ts";
import type { ServiceInput, Store } from "./store/store.ts";

/** A deployment that asks for more than is held. */
export interface PendingApproval {
  /** What was asked for. */
  readonly input: ServiceInput;
  /** The image's version. */
  readonly version: string;
  /** What it asks for beyond what is held. */
  readonly more: readonly AuthorityLine[];
  /** When it was asked for (ms since 1970). */
  readonly sinceMs: number;
}

/** The pending approvals of a host, one for a service at most: a newer one takes the place of an older. */
export class Approvals {
  constructor(private readonly store: Store) {}

  /** What waits for a service. */
  get(serviceId: string): PendingApproval | undefined {
    const text = this.store.setting(keyOf(serviceId));
    return text === undefined ? undefined : JSON.parse(text);
  }

  /** Those of a client's services. */
  list(clientId: string): { readonly id: string; readonly pending: PendingApproval }[] {
    return this.store.settings.withPrefix(keyOf("")).map(([key, text]) => ({
      id: key.slice(keyOf("").length),
      pending: JSON.parse(text) as PendingApproval, // as `put` wrote it
    })).filter(({ pending }) => pending.input.clientId === clientId);
  }

  /** Keeps one. */
  put(serviceId: string, pending: PendingApproval): void {
    this.store.setSetting(keyOf(serviceId), JSON.stringify(pending));
  }

  /** Forgets it: approved, refused or overtaken. */
  remove(serviceId: string): void {
    this.store.setSetting(keyOf(serviceId), undefined);
  }
}

const keyOf = (serviceId: string) => `approval:${serviceId}`;
