/** What a guest with the `env` capability holds, and what its grant says. */
import type { OpenedCapability } from "../capability.ts";

/** Which keys of the deployment's configuration a guest may see: all, or these. */
export type ConfigGrant = true | readonly string[];

/**
 * All of the deployment's configuration, these keys of it, or an object that names secrets too. Secrets are always
 * named one by one; in the object no `config` means no configuration.
 */
export type EnvGrant = ConfigGrant | {
  readonly config?: ConfigGrant | undefined;
  readonly secrets?: readonly string[] | undefined;
};

/** The part of a grant that is about configuration; an empty list for none. */
export function grantedConfig(grant: EnvGrant): ConfigGrant {
  return grant === true || isList(grant) ? grant : grant.config ?? [];
}

/** The names of the secrets that a grant allows. */
export function grantedSecrets(grant: EnvGrant): readonly string[] {
  return grant === true || isList(grant) ? [] : grant.secrets ?? [];
}

/** What a secret may be called: what a shell and a file system can name too. */
export const SECRET_NAME = /^[A-Za-z_][A-Za-z0-9_.-]{0,127}$/;

/** The longest secret, in bytes: a chain of certificates with its key fits. */
export const SECRET_MAX_BYTES: number = 64 << 10;

/** `Array.isArray` takes no read-only list out of a union. */
const isList = (grant: object): grant is readonly string[] => Array.isArray(grant);

/** The deployment's configuration, as far as the grant lets the guest see it; never the host's environment. */
export interface Env extends OpenedCapability {
  readonly entries: ReadonlyArray<readonly [string, string]>;
  /** The secrets that the grant names, set or not. */
  readonly secretNames: readonly string[];
  /** The granted ones of the deployment's secrets, which no event, log or listing shows; absent while it has none. */
  readonly secrets?: ReadonlyArray<readonly [string, string]>;
}
