/** WebSocket connections to services: `/ws/{clientId}{base path}/…`, and `/ws{base path}/…` where a service has the alias. */
import { Hono } from "hono";
import { BerthError } from "../error.ts";
import type { Host } from "../host.ts";
import type { ServerEnv } from "./access.ts";
import { problemResponse } from "./problem.ts";

const PREFIX = "/ws";

/** The route. */
export function webSocketRoutes(host: Host): Hono<ServerEnv> {
  const routes = new Hono<ServerEnv>();
  routes.all(`${PREFIX}/*`, async function webSocket(c) {
    try {
      return await connect(host, c.req.raw);
    } catch (error) {
      host.report(error);
      const response = problemResponse(error);
      // RFC 9110, 15.5.22: a 426 names the protocol that is wanted.
      if (response.status === 426) response.headers.set("upgrade", "websocket");
      return response;
    }
  });
  return routes;
}

function connect(host: Host, request: Request): Promise<Response> {
  const { url } = request;
  const pathAt = url.indexOf("/", url.indexOf("//") + 2) + PREFIX.length;
  const queryAt = url.indexOf("?", pathAt);
  const path = url.slice(pathAt, queryAt < 0 ? undefined : queryAt);
  const match = host.serviceAt(path) ?? host.serviceAt(`/api${path}`);
  if (!match) throw new BerthError("route-unknown", `no service answers at ${path}`);
  if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
    throw new BerthError("upgrade-needed", "this address takes WebSocket connections only");
  }
  return host.sockets.accept(
    request,
    match.target,
    queryAt < 0 ? match.rest : match.rest + url.slice(queryAt),
  );
}
