/** Secrets of services: below `/berth/v1/services/:id/secrets`. Values come in and never go out. */
import { Hono } from "hono";
import { z } from "zod";
import type { Management } from "../management.ts";
import { allow, type ServerEnv } from "./access.ts";
import { idOf } from "./grants_api.ts";
import { readJson } from "./json_body.ts";

/** What a secret is set with. */
export const secretValue = z.strictObject({ value: z.string() });

/** The routes; all need the scope `admin`. */
export function secretRoutes(management: Management): Hono<ServerEnv> {
  const app = new Hono<ServerEnv>();
  const { secrets } = management.copies;
  app.get("/:id/secrets", allow("admin"), (c) => {
    const id = idOf(c.req.param("id"), c.get("caller").clientId);
    return c.json({ id, secrets: secrets.list(id) });
  });
  app.put("/:id/secrets/:name", allow("admin"), async (c) => {
    const id = idOf(c.req.param("id"), c.get("caller").clientId);
    c.set("target", `${id}/${c.req.param("name")}`);
    const { value } = await readJson(c.req.raw, secretValue);
    return c.json(await secrets.set(id, c.req.param("name"), value));
  });
  app.delete("/:id/secrets/:name", allow("admin"), async (c) => {
    const id = idOf(c.req.param("id"), c.get("caller").clientId);
    c.set("target", `${id}/${c.req.param("name")}`);
    await secrets.remove(id, c.req.param("name"));
    return c.json({ id, name: c.req.param("name") });
  });
  return app;
}
