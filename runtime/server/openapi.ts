/** The documents: the management API's own, those that services bring, and the list of them. */
import { Hono } from "hono";
import type { Host } from "../host.ts";
import type { Service } from "../service.ts";
import { VERSION } from "../version.ts";
import { allow, type ServerEnv } from "./access.ts";
import { openApiDocument } from "./openapi/document.ts";
import { openApiPath } from "./openapi_path.ts";
import { openRead } from "./open_read.ts";

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

/** The route `/.well-known/berth`. */
export function wellKnownRoutes(host: Host): Hono<ServerEnv> {
  const app = new Hono<ServerEnv>();
  app.get("/.well-known/berth", openRead(host), (c) => {
    return c.json({
      berth: VERSION,
      nodeId: host.me().nodeId,
      management: { openapi: "/berth/v1/openapi.json", console: "/console/" },
      services: host.visibleServices(c.get("caller")).map((service) => listed(host, service)),
    });
  });
  return app;
}

function listed(host: Host, service: Service) {
  const { record, manifest, address } = service.deployment;
  return {
    id: record.id,
    name: record.name,
    version: manifest.version,
    description: manifest.description,
    basePath: address,
    url: `${host.origin}${address}`,
    state: service.state,
    openapi: openApiPath(service),
  };
}
