/** The management API of mimOE, as its users' scripts call it: `/mcm/v1`. */
import { type Context, Hono } from "hono";
import { z } from "zod";
import type { Grants } from "../../capabilities/grants.ts";
import { beyondBaseline } from "../authority.ts";
import { type DeployOptions, STEERING } from "../deployment.ts";
import { BerthError } from "../error.ts";
import { Service } from "../service.ts";
import type { ImageRecord } from "../host.ts";
import type { Management } from "../management.ts";
import { allow, mayGrant, type ServerEnv } from "./access.ts";
import { readJson } from "./json_body.ts";
import { mimoeErrorResponse } from "./problem.ts";
import { readUpload } from "./upload.ts";

/** What a container is made of, as mimOE's clients send it. */
export const containerCreation = z.object({
  name: z.string().optional(),
  image: z.string(),
  clientId: z.string().optional(),
  env: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String)).default({}),
  mounts: z.record(z.string(), z.string()).optional(),
  capabilities: z.record(z.string(), z.unknown()).optional(),
});

/** What is done with a service's storage. */
export const dataStoreAction = z.object({
  action: z.enum(["backup", "restore"]),
  path: z.string().describe("The copy's name; copies lie in the host's data folder."),
});

/** The routes. */
export function mcmRoutes(management: Management): Hono<ServerEnv> {
  const { host, images } = management;
  const app = new Hono<ServerEnv>();
  app.onError((error) => {
    host.report(error);
    return mimoeErrorResponse(error);
  });
  app.get(
    "/images",
    allow("read"),
    (c) => c.json({ data: images.list(c.get("caller").clientId).map(imageReply) }),
  );
  app.post("/images", allow("deploy"), async (c) => {
    const { image } = await readUpload(c.req.raw, host.limits.tarMaxBytes);
    if (!image) {
      throw new BerthError("request-invalid", 'no image received: send the tar as the form field "image"');
    }
    const stored = await images.add(image, c.get("caller").clientId);
    c.set("target", stored.id);
    return c.json({ ...imageReply(stored), status: "successfully deployed" });
  });
  app.delete("/images/:id", allow("deploy"), async (c) => {
    return c.json(imageReply(await images.remove(c.req.param("id"), c.get("caller").clientId)));
  });
  for (const name of ["/containers", "/mims"]) app.route(name, containerRoutes(management));
  return app;
}

function containerRoutes(management: Management): Hono<ServerEnv> {
  const { host, copies } = management;
  const app = new Hono<ServerEnv>();
  app.onError((error) => {
    host.report(error);
    return mimoeErrorResponse(error);
  });
  app.get("/", allow("read"), (c) => {
    return c.json({ data: host.services(c.get("caller").clientId).map(containerReply) });
  });
  app.post("/", allow("deploy"), async (c) => c.json(containerReply(await create(management, c))));
  app.get("/:id", allow("read"), (c) => {
    return c.json(containerReply(host.service(c.req.param("id"), c.get("caller").clientId)));
  });
  app.post("/:id/dataStore", allow("admin"), async (c) => {
    const { id } = host.service(c.req.param("id"), c.get("caller").clientId).deployment.record;
    const { action, path } = await readJson(c.req.raw, dataStoreAction);
    if (action === "backup") await copies.copyStorage(id, path);
    else await copies.restoreStorage(id, path);
    const message = action === "backup" ? "the storage was copied" : "the storage is what it was in the copy";
    return c.json({ action, status: "completed", message, path, percentage: 100 });
  });
  app.delete("/:id", allow("deploy"), async (c) => {
    const service = host.service(c.req.param("id"), c.get("caller").clientId);
    await host.remove(service.deployment.record.id);
    return c.json({ ...containerReply(service), state: "stopped", status: "down" });
  });
  return app;
}

/**
 * What the call names is added to what the image asks; an operator who names it has granted it by that. mimOE's way to
 * name WebSockets is in the environment; that grants nothing else of what the image asks.
 */
function namedGrants(
  asked: Grants,
  env: Readonly<Record<string, string>> | undefined,
  named: Grants | undefined,
  mayGrant: boolean,
): Pick<DeployOptions, "grants" | "approved"> {
  const webSocket = env?.[STEERING.webSocket] === "true" ? { websocket: true } : {};
  if (named) return { grants: { ...webSocket, ...asked, ...named }, approved: mayGrant };
  if (webSocket.websocket === undefined || asked.websocket !== undefined) return {};
  return { grants: { ...asked, ...webSocket }, approved: mayGrant && beyondBaseline(asked).length === 0 };
}

async function create({ images, rollouts }: Management, c: Context<ServerEnv>): Promise<Service> {
  const { name, image, env, mounts, capabilities } = await readJson(c.req.raw, containerCreation);
  const clientId = c.get("caller").clientId;
  const stored = images.get(image, clientId);
  c.set("target", `${clientId}-${name ?? stored.name}`);
  const created = await rollouts.create(stored, {
    clientId,
    env,
    ...(name ? { name } : {}),
    ...(mounts ? { mounts } : {}),
    ...namedGrants(stored.manifest.capabilities, env, capabilities, mayGrant(c.get("caller"))),
  });
  if (created instanceof Service) return created;
  const asked = created.more.map(({ capability, allows }) => `${capability}: ${allows}`).join("; ");
  throw new BerthError("approval-needed", `the service asks for more than it holds: ${asked}`, {
    more: created.more,
  });
}

function imageReply(image: ImageRecord) {
  return {
    created: image.createdMs,
    digest: image.digest,
    id: image.id,
    name: image.name,
    repoTags: image.repoTags,
    size: image.sizeBytes,
  };
}

/** A container as mimOE's clients know it. */
export function containerReply({ deployment, state }: Service) {
  const up = state !== "failing" && state !== "stopped";
  const { record } = deployment;
  return {
    clientId: record.clientId,
    created: record.createdMs,
    env: { ...record.env, "MCM.BASE_API_PATH": deployment.address, "MCM.RUNTIME": "wasm" },
    id: record.id,
    image: record.imageId.slice(record.clientId.length + 1),
    imageId: record.imageId,
    name: record.name,
    state: up ? "started" : "stopped",
    status: up ? "up" : "down",
  };
}
