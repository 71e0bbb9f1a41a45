/** Keys of the host and the record of what was done with them: `/berth/v1/keys`, `/berth/v1/audit`. */
import { Hono } from "hono";
import { z } from "zod";
import type { Host } from "../host.ts";
import type { Management } from "../management.ts";
import { allow, type ServerEnv } from "./access.ts";
import { readJson } from "./json_body.ts";

/** What a key is made of. */
export const keyCreation = z.strictObject({
  name: z.string(),
  scopes: z.array(z.enum(["read", "deploy", "admin"])).min(1),
});

const ACTIONS_DEFAULT_COUNT = 100;
const ACTIONS_MAX_COUNT = 1_000;

/** The route of backups; needs the scope `admin`, for keys and everything stored are in it. */
export function backupRoutes({ copies }: Management): Hono<ServerEnv> {
  const app = new Hono<ServerEnv>();
  app.get("/backup", allow("admin"), async (c) => {
    return c.body(await copies.backUp(), 200, {
      "content-type": "application/x-tar",
      "cache-control": "no-store",
    });
  });
  return app;
}

/** The routes; all need the scope `admin`. */
export function keyRoutes(host: Host): Hono<ServerEnv> {
  const app = new Hono<ServerEnv>();
  app.get("/keys", allow("admin"), (c) => c.json({ keys: host.operators.keys() }));
  app.post("/keys", allow("admin"), async (c) => {
    const { name, scopes } = await readJson(c.req.raw, keyCreation);
    c.set("target", name);
    const { key, info } = host.operators.createKey(name, scopes);
    return c.json({ ...info, key }, 201, { "cache-control": "no-store" });
  });
  app.delete("/keys/:id", allow("admin"), async (c) => {
    return c.json(await host.operators.removeKey(c.req.param("id")));
  });
  app.get("/audit", allow("admin"), (c) => {
    const number = (name: string) => Number(c.req.query(name)) || undefined;
    const limit = Math.min(ACTIONS_MAX_COUNT, Math.max(1, number("limit") ?? ACTIONS_DEFAULT_COUNT));
    const before = number("before");
    return c.json({ actions: host.operators.actions({ limit, ...(before ? { before } : {}) }) });
  });
  return app;
}
