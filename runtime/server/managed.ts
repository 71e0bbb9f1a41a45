/** The door of the management API: who calls is proven, and what is done or refused goes on record. */
import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { matchedRoutes } from "hono/route";
import { auditRecord } from "../audit.ts";
import type { Caller } from "../caller.ts";
import { BerthError } from "../error.ts";
import type { Host } from "../host.ts";
import type { ServerEnv } from "./access.ts";

/** What the audit log calls a route; a change that is not here is called by its method and path. */
export const ACTIONS: Readonly<Record<string, string>> = {
  "POST /berth/v1/deployments": "service.deploy",
  "DELETE /berth/v1/services/:id": "service.remove",
  "PUT /berth/v1/services/:id/trace": "service.trace",
  "POST /berth/v1/services/:id/rollback": "service.rollback",
  "POST /berth/v1/services/:id/approve": "grant.approve",
  "POST /berth/v1/services/:id/revoke": "grant.revoke",
  "DELETE /berth/v1/services/:id/approval": "grant.refuse",
  "PUT /berth/v1/services/:id/secrets/:name": "secret.set",
  "DELETE /berth/v1/services/:id/secrets/:name": "secret.remove",
  "POST /berth/v1/keys": "key.create",
  "DELETE /berth/v1/keys/:id": "key.remove",
  "GET /berth/v1/backup": "host.backup",
  "POST /mcm/v1/images": "image.add",
  "DELETE /mcm/v1/images/:id": "image.remove",
  ...Object.fromEntries(
    ["containers", "mims"].flatMap((name) => [
      [`POST /mcm/v1/${name}`, "service.create"],
      [`DELETE /mcm/v1/${name}/:id`, "service.remove"],
      [`POST /mcm/v1/${name}/:id/dataStore`, "storage.copy"],
    ]),
  ),
};

/** Refusals that are recorded whatever was asked. */
const REFUSALS = new Set(["scope-missing"]);

/**
 * Lets only proven callers on, and records changes and refusals with their outcome.
 *
 * @param reply makes the answer to who is not proven
 */
export function managed(host: Host, reply: (error: unknown) => Response) {
  return createMiddleware<ServerEnv>(async function authenticate(c, next) {
    const remoteAddress = c.env?.remoteAddr?.hostname ?? "";
    // `await using` closes a host at the end of its block, and a server may go on.
    if (host.closed) return reply(new BerthError("host-closed", "the host was closed"));
    let caller: Caller;
    try {
      caller = await host.operators.authenticate(c.req.raw.headers, remoteAddress);
    } catch (error) {
      // Who goes on failing is not recorded again: every line is a write to the disk.
      if (!(error instanceof BerthError && error.code === "auth-limited")) {
        note(host, c, null, remoteAddress, error);
      }
      return reply(error);
    }
    c.set("caller", caller);
    await next();
    if (isChange(c) || (c.error instanceof BerthError && REFUSALS.has(c.error.code))) {
      note(host, c, caller, remoteAddress, c.error);
    }
    return undefined;
  });
}

function isChange(c: Context<ServerEnv>): boolean {
  if (c.req.path.startsWith("/jsonrpc/")) return false; // its calls only read
  return !["GET", "HEAD"].includes(c.req.method) || ACTIONS[routeOf(c)] !== undefined;
}

function note(
  host: Host,
  c: Context<ServerEnv>,
  caller: Caller | null,
  remoteAddress: string,
  error: unknown,
): void {
  const route = routeOf(c);
  const action = ACTIONS[route] ?? `${c.req.method} ${c.req.path.slice(0, 200)}`;
  const target = c.get("target") ?? targetOf(route, c.req.path);
  host.operators.note(auditRecord({ action, target, caller, remoteAddress }, error));
}

/** `DELETE /berth/v1/services/:id`. */
function routeOf(c: Context<ServerEnv>): string {
  const route = matchedRoutes(c).findLast(({ method }) => method === c.req.method);
  return `${c.req.method} ${(route?.path ?? c.req.path).replace(/(.)\/$/, "$1")}`;
}

/** What stands in the path where the route has `:id`. */
function targetOf(route: string, path: string): string {
  const at = route.split("/").indexOf(":id");
  const raw = at < 0 ? "" : path.split("/")[at] ?? "";
  try {
    return decodeURIComponent(raw);
  } catch {
    return raw;
  }
}
