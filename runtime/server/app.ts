/** The host's web server: management first, everything else goes to the services. */
import { Hono } from "hono";
import type { Host } from "../host.ts";
import type { ServerEnv } from "./access.ts";
import { berthRoutes } from "./berth_api.ts";
import { consoleRoutes } from "./console.ts";
import { jsonRpcRoutes } from "./jsonrpc.ts";
import { backupRoutes, keyRoutes } from "./keys_api.ts";
import { managed } from "./managed.ts";
import { mcmRoutes } from "./mcm.ts";
import { metricsRoutes } from "./metrics.ts";
import { nodeRoutes } from "./nodes.ts";
import { openApiRoutes, wellKnownRoutes } from "./openapi.ts";
import { mimoeErrorResponse, problemResponse } from "./problem.ts";
import { webSocketRoutes } from "./websocket.ts";

/** Makes the app of a host. */
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
  app.route("/", consoleRoutes());
  app.route("/", webSocketRoutes(host));
  for (const prefix of ["/mcm/v1/*", "/berth/v1/*", "/jsonrpc/v1"]) {
    app.use(prefix, managed(host, prefix === "/berth/v1/*" ? problemResponse : mimoeErrorResponse));
  }
  app.route("/mcm/v1", mcmRoutes(host));
  app.route("/berth/v1", berthRoutes(host));
  app.route("/berth/v1", keyRoutes(host));
  app.route("/berth/v1", backupRoutes(host));
  app.route("/berth/v1", openApiRoutes(host));
  app.route("/jsonrpc/v1", jsonRpcRoutes(host));
  return app;
}
