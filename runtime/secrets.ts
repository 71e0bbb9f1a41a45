/** The operator's secrets for services: set, listed by name, taken away; values go to the service's workers only. */
import { grantedSecrets, SECRET_MAX_BYTES, SECRET_NAME } from "../capabilities/env/env.ts";
import type { Grants } from "../capabilities/grants.ts";
import { BerthError } from "./error.ts";
import type { Registry } from "./registry.ts";
import type { Rollouts } from "./rollout.ts";
import type { SecretInfo, SecretStore } from "./store/secrets.ts";

/** A secret as it is shown. */
export interface SecretState extends Partial<SecretInfo> {
  readonly name: string;
  /** Whether it has a value. */
  readonly set: boolean;
  /** Whether the service holds a grant for it: only then the guest can read it. */
  readonly granted: boolean;
}

/** How long requests that began with the former value have to end. */
const DRAIN_MS = 10_000;

/** The secrets that these grants allow, by name. */
export function secretNames(grants: Grants): readonly string[] {
  // Grants on record were checked against the capability's schema.
  return grants.env === undefined ? [] : grantedSecrets(grants.env as Parameters<typeof grantedSecrets>[0]);
}

/** See the file's comment. A service need not exist yet: its first version finds what was set for its name. */
export class Secrets {
  constructor(
    private readonly store: SecretStore,
    private readonly registry: Registry,
    private readonly rollouts: Rollouts,
  ) {}

  /** What is set for a service, and what it waits for. */
  list(id: string): SecretState[] {
    const granted = new Set(secretNames(this.registry.get(id)?.deployment.record.grants ?? {}));
    const set = this.store.list(id).map((info) => ({
      ...info,
      set: true,
      granted: granted.delete(info.name),
    }));
    const missing = [...granted].map((name) => ({ name, set: false, granted: true }));
    return [...set, ...missing].sort((a, b) => a.name < b.name ? -1 : 1);
  }

  /** Sets one; when the service uses it, its next request finds the new value. Throws `secret-invalid`. */
  set(id: string, name: string, value: string): Promise<SecretInfo> {
    return this.rollouts.run(() => {
      checkName(name);
      if (new TextEncoder().encode(value).length > SECRET_MAX_BYTES) {
        throw new BerthError("secret-invalid", `the secret ${name} has more than ${SECRET_MAX_BYTES} bytes`);
      }
      const info = this.store.set(id, name, value);
      this.#renew(id, name);
      return info;
    });
  }

  /** Takes one away. Throws `secret-unknown`. */
  remove(id: string, name: string): Promise<void> {
    return this.rollouts.run(() => {
      checkName(name);
      if (!this.store.remove(id, name)) {
        throw new BerthError("secret-unknown", `${id} has no secret ${name}`);
      }
      this.#renew(id, name);
    });
  }

  /** Workers keep what they began with: the service gets new ones, the old ones end with their requests. */
  #renew(id: string, name: string): void {
    const service = this.registry.get(id);
    if (!service || !secretNames(service.deployment.record.grants).includes(name)) return;
    this.registry.install(this.registry.make(service.deployment));
    service.stop(DRAIN_MS).catch(() => {}); // it has told its log
  }
}

function checkName(name: string): void {
  if (SECRET_NAME.test(name)) return;
  throw new BerthError(
    "secret-invalid",
    `a secret is called ${JSON.stringify(name.slice(0, 200))}; use up to 128 letters, digits, _ . -`,
  );
}
