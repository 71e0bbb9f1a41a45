/** The `env` capability, the worker's half: the configuration, as far as it is granted. */
import type { OpenContext } from "../capability.ts";
import type { Env } from "./env.ts";

/** Opens the granted part of the deployment's configuration; the host's own environment is never looked at. */
export function openEnv(grant: true | readonly string[], context: Pick<OpenContext, "config">): Env {
  const allowed = grant === true ? undefined : new Set(grant);
  // A name with '=' or a NUL anywhere would read as something else in the guest's "name=value\0" form.
  const entries = Object.entries(context.config).filter(([key, value]) =>
    (allowed === undefined || allowed.has(key)) && key !== "" && !/[=\0]/.test(key) && !value.includes("\0")
  );
  return { entries, close() {} };
}
