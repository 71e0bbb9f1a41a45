/** The `env` capability, the worker's half: the configuration and the secrets, as far as they are granted. */
import type { OpenContext } from "../capability.ts";
import { type Env, type EnvGrant, grantedConfig, grantedSecrets } from "./env.ts";

/** Opens the granted part of the deployment's configuration; the host's own environment is never looked at. */
export function openEnv(grant: EnvGrant, context: Pick<OpenContext, "config" | "secrets">): Env {
  const config = grantedConfig(grant);
  const allowed = config === true ? undefined : new Set(config);
  // A name with '=' or a NUL anywhere would read as something else in the guest's "name=value\0" form.
  const entries = Object.entries(context.config).filter(([key, value]) =>
    (allowed === undefined || allowed.has(key)) && key !== "" && !/[=\0]/.test(key) && !value.includes("\0")
  );
  const secretNames = grantedSecrets(grant);
  const secrets = Object.entries(context.secrets ?? {}).filter(([name]) => secretNames.includes(name));
  return { entries, secretNames, ...(secrets.length > 0 ? { secrets } : {}), close() {} };
}
