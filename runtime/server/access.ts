/** Who calls, and whether they may. */
import { createMiddleware } from "hono/factory";
import type { Caller, Scope } from "../caller.ts";
import { BerthError } from "../error.ts";

/** What the server's handlers find in their context. */
export interface ServerEnv {
  readonly Bindings: { readonly remoteAddr?: { readonly hostname: string } };
  readonly Variables: {
    caller: Caller;
    /** On what a request acts, for the audit log, where its path does not say. */
    target?: string;
  };
}

/** Whether a caller's word is the operator's: who may only deploy cannot grant itself anything. */
export function mayGrant({ scopes }: Caller): boolean {
  return scopes.includes("admin");
}

/** Lets only callers with this scope on. */
export function allow(scope: Scope) {
  return createMiddleware<ServerEnv>(async function allowScope(c, next) {
    const { scopes } = c.get("caller");
    if (!scopes.includes(scope) && !scopes.includes("admin")) {
      throw new BerthError(
        "scope-missing",
        `this needs the scope ${scope}; the key has ${scopes.join(", ") || "none"}`,
      );
    }
    await next();
  });
}
