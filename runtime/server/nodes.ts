/** Hosts on the local network, as mimOE tells of nodes: itself first, then those that announced themselves. */
import { Hono } from "hono";
import type { Host } from "../host.ts";
import { BerthError } from "../error.ts";
import type { ServerEnv } from "./access.ts";
import { openRead } from "./open_read.ts";
import { problemResponse } from "./problem.ts";

/** The routes, the older name and the newer one; each says by a parameter how far to look. */
const ROUTES = [["/mds/v1/nodes", "clusters"], ["/mimik-mesh/insight/v1/nodes", "type"]] as const;

/** The routes. Berth has no accounts and no cloud: only `linkLocal` can be answered. */
export function nodeRoutes(host: Host): Hono<ServerEnv> {
  const app = new Hono<ServerEnv>();
  for (const [path, parameter] of ROUTES) {
    app.get(path, openRead(host), (c) => {
      const asked = c.req.query(parameter);
      if (asked !== undefined && asked !== "linkLocal") {
        const detail = `${parameter} is ${
          JSON.stringify(asked.slice(0, 40))
        }, and Berth knows only the local network`;
        return problemResponse(new BerthError("cluster-unknown", detail));
      }
      return c.json({ data: nodes(host) });
    });
  }
  return app;
}

function nodes(host: Host) {
  const { nodeId, nodeName, accountId } = host.me();
  const others = host.neighbours().map(({ id, name, origin }) => node(id, name, origin));
  return [
    { ...node(nodeId, nodeName, host.origin), accountId, os: Deno.build.os, thisNode: true },
    ...others,
  ];
}

function node(id: string, name: string, origin: string) {
  return { id, name, addresses: [{ type: "local", url: { href: origin } }], services: [] };
}
