/** The routes of the management API and of the console. */
import { Hono } from "hono";
import type { Management } from "../management.ts";
import type { ServerEnv } from "./access.ts";
import { berthRoutes } from "./berth_api.ts";
import { consoleRoutes } from "./console.ts";
import { jsonRpcRoutes } from "./jsonrpc.ts";
import { backupRoutes, keyRoutes } from "./keys_api.ts";
import { managed } from "./managed.ts";
import { mcmRoutes } from "./mcm.ts";
import { openApiRoutes } from "./openapi.ts";
import { mimoeErrorResponse, problemResponse } from "./problem.ts";

/** Makes the app; `createApp` hands it the paths that it names. */
export function managementApp(management: Management): Hono<ServerEnv> {
  const { host } = management;
  const app = new Hono<ServerEnv>();
  app.onError((error) => {
    host.report(error);
    return problemResponse(error);
  });
  app.notFound((c) => host.serve(c.req.raw));
  app.route("/", consoleRoutes());
  for (const prefix of ["/mcm/v1/*", "/berth/v1/*", "/jsonrpc/v1"]) {
    app.use(prefix, managed(host, prefix === "/berth/v1/*" ? problemResponse : mimoeErrorResponse));
  }
  app.route("/mcm/v1", mcmRoutes(management));
  app.route("/berth/v1", berthRoutes(management));
  app.route("/berth/v1", keyRoutes(host));
  app.route("/berth/v1", backupRoutes(management));
  app.route("/berth/v1", openApiRoutes(host));
  app.route("/jsonrpc/v1", jsonRpcRoutes(host));
  return app;
}
