/** What clients on the network find a host and its services by: `/.well-known/berth`. */
import { Hono } from "hono";
import type { Host } from "../host.ts";
import type { Service } from "../service.ts";
import { VERSION } from "../version.ts";
import type { ServerEnv } from "./access.ts";
import { openApiPath } from "./openapi_path.ts";
import { openRead } from "./open_read.ts";

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
