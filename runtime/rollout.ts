/** Changes of what runs: deploy, approve, roll back, remove; one after the other. */
import { Approvals, type PendingApproval } from "./approvals.ts";
import { type AuthorityLine, beyondBaseline, compareAuthority } from "./authority.ts";
import { type Deployment, deploymentOf, type DeployOptions } from "./deployment.ts";
import { missingPermission, planDeployment } from "./deployment_plan.ts";
import { BerthError } from "./error.ts";
import { asBerthError } from "./errors.ts";
import { checkHealth } from "./health.ts";
import type { Limits } from "./limits.ts";
import { beyondPolicy, type Policy } from "./policy.ts";
import type { Registry } from "./registry.ts";
import { type Revocation, revoke, type Revoked, revokeIfHeld } from "./revocation.ts";
import type { Service } from "./service.ts";
import type { ImageRecord, ServiceInput, ServiceRecord, Store } from "./store/store.ts";

/** How long requests of a version that is replaced have to end. */
const DRAIN_MS = 10_000;

/** By what changes are judged. */
export interface RolloutOptions {
  readonly limits: Limits;
  readonly policy: Policy | null;
  /** Who signed a stored image, as the host calls them. */
  signerOf(digest: string): Promise<string | null>;
  /** Told of faults while an old version drains. */
  report(error: unknown): void;
}

/** Carries changes out. */
export class Rollouts {
  /** Deployments that wait for the operator's word. */
  readonly approvals: Approvals;
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(
    private readonly store: Store,
    private readonly registry: Registry,
    private readonly options: RolloutOptions,
  ) {
    this.approvals = new Approvals(store);
  }

  /** Changes happen one after the other: two deploys at once are two deploys in a row. */
  run<T>(action: () => T | Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(new BerthError("host-closed", "the host is stopping"));
    const run = this.#last.then(action);
    this.#last = run.catch(() => {});
    return run;
  }

  /** Takes no more changes; resolves when the last one is done. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#last;
  }

  /** See `Host.createService`. */
  create(image: ImageRecord, options: DeployOptions): Promise<Service | PendingApproval> {
    return this.run<Service | PendingApproval>(async () => {
      const input = planDeployment(image, options);
      const id = `${input.clientId}-${input.name}`;
      const more = options.approved ? [] : await this.#asksMore(id, input);
      if (more.length === 0) return this.#rollOut(input, image);
      const pending = { input, version: image.version, more, sinceMs: Date.now() };
      this.approvals.put(id, pending);
      return pending;
    });
  }

  async #asksMore(id: string, input: ServiceInput): Promise<readonly AuthorityLine[]> {
    const held = this.store.services.get(id);
    const more = held ? compareAuthority(held.grants, input.grants).more : beyondBaseline(input.grants);
    return await this.#beyondPolicy(id, more, input.imageDigest);
  }

  async #beyondPolicy(id: string, lines: readonly AuthorityLine[], digest: string) {
    return beyondPolicy(this.options.policy, id, lines, await this.options.signerOf(digest));
  }

  /** See `Host.approve`. */
  approve(id: string): Promise<Service> {
    return this.run(() => {
      const pending = this.approvals.get(id);
      const image = pending && this.store.images.get(pending.input.imageDigest);
      if (!pending || !image) throw new BerthError("nothing-pending", `nothing waits for approval for ${id}`);
      return this.#rollOut(pending.input, image);
    });
  }

  /** See `Host.rollBack`. */
  rollBack(id: string, revision?: number): Promise<Service> {
    return this.run(() => {
      const history = this.store.services.history(id);
      const record = revision === undefined
        ? history[0]
        : history.find((entry) => entry.revision === revision);
      const image = record && this.store.images.get(record.imageDigest);
      if (!record || !image) {
        const known = history.map((entry) => entry.revision).join(", ") || "none";
        throw new BerthError(
          "revision-unknown",
          `there is no such earlier deployment of ${id}; kept are: ${known}`,
        );
      }
      return this.#rollOut(record, image);
    });
  }

  /** See `Host.revoke`. What it loses is lost whether it works without it or not. */
  revoke(id: string, revocation: Revocation): Promise<Revoked> {
    return this.run(async () => {
      const before = this.registry.get(id);
      if (!before) throw new BerthError("service-not-found", `there is no service ${JSON.stringify(id)}`);
      const { record, manifest } = before.deployment;
      revoke(record.grants, revocation); // says what is wrong before anything is changed
      const changed = this.store.services.changeGrants(id, (grants) => revokeIfHeld(grants, revocation));
      await this.#askAgain(id);
      const next = this.registry.make(deploymentOf(changed, manifest, this.options.limits));
      this.registry.install(next)?.stop(DRAIN_MS).catch((error) => this.options.report(error));
      const lost = compareAuthority(record.grants, changed.grants).less;
      const policyGrants = (await this.#beyondPolicy(id, lost, record.imageDigest)).length < lost.length;
      return { lost, trouble: await troubleOf(next), policyGrants };
    });
  }

  /** What waits for approval asks for what was just taken back, too. */
  async #askAgain(id: string): Promise<void> {
    const pending = this.approvals.get(id);
    if (pending) this.approvals.put(id, { ...pending, more: await this.#asksMore(id, pending.input) });
  }

  /** Starts the new one beside the old one, checks it, puts it on record, switches over, lets the old one drain. */
  async #rollOut(input: ServiceInput, image: ImageRecord): Promise<Service> {
    const tried = this.registry.make(this.#trial(input, image));
    const { id } = tried.deployment.record;
    try {
      this.registry.checkPaths(tried.deployment);
      this.#checkCeiling(tried.deployment);
      await tried.start();
      await checkHealth(tried);
      this.store.services.put(input);
    } catch (error) {
      await tried.stop(0);
      await this.registry.discard(id);
      throw error;
    }
    this.approvals.remove(id);
    this.registry.install(tried)?.stop(DRAIN_MS).catch((error) => this.options.report(error));
    return tried;
  }

  /** The deployment as it will be once it is put. */
  #trial(input: ServiceInput, { manifest }: ImageRecord): Deployment {
    const id = `${input.clientId}-${input.name}`;
    const before = this.store.services.get(id);
    const now = Date.now();
    const record: ServiceRecord = {
      ...input,
      id,
      state: "started",
      stateReason: "",
      revision: (before?.revision ?? 0) + 1,
      createdMs: before?.createdMs ?? now,
      updatedMs: now,
    };
    return deploymentOf(record, manifest, this.options.limits);
  }

  #checkCeiling({ record }: Deployment): void {
    const flag = missingPermission(record.grants, this.store.place(record.id, record.imageDigest));
    if (flag) {
      throw new BerthError("grant-above-ceiling", `the grant needs the host to run with ${flag}`, { flag });
    }
  }

  /** Stops a service and removes what it kept. */
  remove(id: string): Promise<void> {
    return this.run(async () => {
      const service = this.registry.get(id);
      if (!service) throw new BerthError("service-not-found", `there is no service ${JSON.stringify(id)}`);
      this.store.secrets.forget(id); // first: the next service of this name must not find them
      this.store.services.remove(id);
      this.approvals.remove(id);
      this.registry.uninstall(service);
      await service.stop(DRAIN_MS);
      await this.registry.discard(id);
    });
  }
}

/** Empty when a service starts and passes its health check. */
async function troubleOf(service: Service): Promise<string> {
  try {
    await service.start();
    await checkHealth(service);
    return "";
  } catch (error) {
    return asBerthError(error).detail;
  }
}
