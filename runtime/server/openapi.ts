/** The documents: the management API's own, and those that services bring. */
import { Hono } from "hono";
import type { Host } from "../host.ts";
import { allow, type ServerEnv } from "./access.ts";
import { openApiDocument } from "./openapi/document.ts";

/** The routes below `/berth/v1`. */
export function openApiRoutes(host: Host): Hono<ServerEnv> {
  const app = new Hono<ServerEnv>();
  let own: string | null = null;
  app.get("/openapi.json", allow("read"), (c) => {
    own ??= JSON.stringify(openApiDocument());
    return c.body(own, 200, { "content-type": "application/json" });
  });
  app.get("/services/:id/openapi.json", allow("read"), async (c) => {
    const service = host.service(c.req.param("id"), c.get("caller").clientId);
    // Its text is the service author's; it was read as JSON when it was deployed.
    return c.body(await host.openApiOf(service), 200, {
      "content-type": "application/json",
      "x-content-type-options": "nosniff",
    });
  });
  return app;
}
