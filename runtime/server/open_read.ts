/** Who may read what tells of the host as a whole: metrics, the list of services. */
import { createMiddleware } from "hono/factory";
import type { Host } from "../host.ts";
import { BerthError } from "../error.ts";
import type { ServerEnv } from "./access.ts";
import { problemResponse } from "./problem.ts";

const LOOPBACK = /^(127(\.\d{1,3}){3}|::1|::ffff:127(\.\d{1,3}){3})$/;
/** Names by which a client on this device reaches it: a page elsewhere that had its name resolved to here has another. */
const LOOPBACK_HOST = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i;
/** A proxy on this device speaks for others. */
const FORWARDING = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"];

/** Whether a request comes from this device itself, and for itself; a page's script in a browser here does not. */
export function isLocal(headers: Headers, remoteAddress: string): boolean {
  return LOOPBACK.test(remoteAddress) && LOOPBACK_HOST.test(headers.get("host") ?? "") &&
    !headers.has("origin") && (headers.get("sec-fetch-site") ?? "none") === "none" &&
    !FORWARDING.some((name) => headers.has(name));
}

/**
 * Lets on whoever has a key with the scope `read`, and without a key whoever asks on the device itself
 * (a collector of metrics there needs no secret). Others get 401 or 403.
 */
export function openRead(host: Host) {
  return createMiddleware<ServerEnv>(async function allowOpenRead(c, next) {
    const { headers } = c.req.raw;
    const remoteAddress = c.env?.remoteAddr?.hostname ?? "";
    try {
      if (!headers.has("authorization") && isLocal(headers, remoteAddress)) {
        c.set("caller", { clientId: "", scopes: ["admin"], via: "this device" });
      } else {
        const caller = await host.operators.authenticate(headers, remoteAddress);
        if (!caller.scopes.includes("read") && !caller.scopes.includes("admin")) {
          throw new BerthError(
            "scope-missing",
            `this needs the scope read; the key has ${caller.scopes.join(", ") || "none"}`,
          );
        }
        c.set("caller", caller);
      }
    } catch (error) {
      return problemResponse(error);
    }
    return await next();
  });
}
