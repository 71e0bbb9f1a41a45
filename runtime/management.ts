/**
 * What only changes of a host and its operators need: reading images, deploying, backups, the management API. Hosts
 * load it when the first of them comes; until then neither zod nor any of this takes memory (see RATIONALE.md).
 */
import type { Hono } from "hono";
import { HOST_FUNCTIONS } from "../abi/registry.ts";
import type { CapabilityName } from "../capabilities/capability.ts";
import type { Approvals, PendingApproval } from "./approvals.ts";
import type { DeployOptions } from "./deployment.ts";
import type { Host } from "./host.ts";
import { Images } from "./images.ts";
import type { Policy } from "./policy.ts";
import type { Registry } from "./registry.ts";
import { Rollouts } from "./rollout.ts";
import { Safekeeping } from "./safekeeping.ts";
import type { ServerEnv } from "./server/access.ts";
import { managementApp } from "./server/management_app.ts";
import type { Service } from "./service.ts";
import type { Store } from "./store/store.ts";
import type { Trust } from "./trust.ts";
import type { PrepareReport } from "./unit/prepare/mod.ts";

/** The reader of policies, which is loaded with the rest of what zod checks. */
export { readPolicy } from "./policy_file.ts";

/** The reader of backups. */
export { unpackBackup } from "./store/backup.ts";

/** The parts of a host that management works on. */
export interface ManagedHost {
  readonly host: Host;
  readonly store: Store;
  readonly registry: Registry;
  readonly trust: Trust;
  readonly policy: Policy | null;
}

/** What was done to a service's module, and the host's functions that it imports. */
export interface ModuleReport extends PrepareReport {
  readonly importedFunctions: readonly {
    /** `module.name`. */
    readonly name: string;
    /** Without it the function answers with an error; `null` when it needs none. */
    readonly capability: CapabilityName | null;
  }[];
}

/** See the file's comment. */
export class Management {
  readonly host: Host;
  /** What clients uploaded. */
  readonly images: Images;
  /** Copies of the host, and of what its services store. */
  readonly copies: Safekeeping;
  /** Changes of what runs. */
  readonly rollouts: Rollouts;
  /** The routes of the management API and of the console. */
  readonly app: Hono<ServerEnv>;

  readonly #store: Store;
  readonly #registry: Registry;

  /** A host makes it. */
  constructor({ host, store, registry, trust, policy }: ManagedHost) {
    this.host = host;
    this.#store = store;
    this.#registry = registry;
    this.rollouts = new Rollouts(store, registry, {
      limits: host.limits,
      policy,
      signerOf: (digest) => trust.signerOf(digest),
      report: (error) => host.report(error),
    });
    this.images = new Images(store, trust, this.rollouts, host.limits);
    this.copies = new Safekeeping(store, registry, this.rollouts);
    this.app = managementApp(this);
  }

  /** Deployments that wait for the operator's word. */
  get approvals(): Approvals {
    return this.rollouts.approvals;
  }

  /** See `Host.deploy`. */
  async deploy(
    tar: ReadableStream<Uint8Array> | Uint8Array,
    options: DeployOptions,
  ): Promise<Service | PendingApproval> {
    using held = await this.images.addHeld(tar, options.clientId);
    return await this.rollouts.create(held.record, options);
  }

  /** What the preparation of a service's module did, and what the module imports. */
  async preparation(service: Service): Promise<ModuleReport> {
    const { imageDigest } = service.deployment.record;
    const imported = new Set(this.#store.images.get(imageDigest)?.facts?.imports ?? []);
    const importedFunctions = HOST_FUNCTIONS.map(({ module, name, capability }) => ({
      name: `${module}.${name}`,
      capability,
    }))
      .filter(({ name }) => imported.has(name));
    return { ...await this.#registry.report(service), importedFunctions };
  }
}
