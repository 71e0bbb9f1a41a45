/** The host's web server, behind `Host.fetch`: what tells of the host; management when it is first asked for. */
import { Hono } from "hono";
import type { Host } from "../host.ts";
import type { ServerEnv } from "./access.ts";
import { metricsRoutes } from "./metrics.ts";
import { nodeRoutes } from "./nodes.ts";
import { problemResponse } from "./problem.ts";
import { webSocketRoutes } from "./websocket.ts";
import { wellKnownRoutes } from "./well_known.ts";

/** Paths of the management API and of the console. */
const MANAGEMENT = ["/console", "/console/*", "/mcm/v1/*", "/berth/v1/*", "/jsonrpc/v1"] as const;

/** Makes the app of a host. Collectors of metrics and checks of health load nothing beyond it. */
export function createApp(host: Host): Hono<ServerEnv> {
  const app = new Hono<ServerEnv>();
  app.onError((error) => {
    host.report(error);
    return problemResponse(error);
  });
  app.notFound((c) => host.serve(c.req.raw));
  app.get("/healthz", (c) => c.json(host.health()));
  app.route("/", metricsRoutes(host));
  app.route("/", wellKnownRoutes(host));
  app.route("/", nodeRoutes(host));
  app.route("/", webSocketRoutes(host));
  for (const path of MANAGEMENT) {
    app.all(path, async (c) => (await host.manage()).app.fetch(c.req.raw, c.env));
  }
  return app;
}
