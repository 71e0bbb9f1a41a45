/** Berth's own management API: `/berth/v1`. */
import { Hono } from "hono";
import { z } from "zod";
import { CAPABILITIES } from "../../capabilities/grants.ts";
import { BerthError } from "../error.ts";
import type { DeployOptions } from "../deployment.ts";
import { LIMITS } from "../limits.ts";
import type { Management } from "../management.ts";
import { Service } from "../service.ts";
import { grantRoutes, pendingReply } from "./grants_api.ts";
import { summary } from "./service_reply.ts";
import { allow, mayGrant, type ServerEnv } from "./access.ts";
import { readJson } from "./json_body.ts";
import { openApiPath } from "./openapi_path.ts";
import { followLog } from "./log_stream.ts";
import { secretRoutes } from "./secrets_api.ts";
import { readUpload } from "./upload.ts";

/** What a deployment may be asked with: the form field `options`. */
export const deployOptions = z.strictObject({
  name: z.string().optional(),
  env: z.record(z.string(), z.string()).optional(),
  mounts: z.record(z.string(), z.string()).optional(),
  grants: z.record(z.string(), z.unknown()).optional(),
  limits: z.record(z.string(), z.number()).optional(),
  approved: z.boolean().optional(),
});

const TAIL_DEFAULT = 100;
const TAIL_MAX = 10_000;
const DENIALS_SHOWN_COUNT = 50;

/** The routes. */
export function berthRoutes(management: Management): Hono<ServerEnv> {
  const { host } = management;
  const app = new Hono<ServerEnv>();
  app.get("/host", allow("read"), (c) => c.json(host.describe()));
  app.get("/limits", allow("read"), (c) => c.json({ table: LIMITS, inForce: host.limits }));
  app.get("/services", allow("read"), (c) => {
    return c.json({
      services: host.services(c.get("caller").clientId).map((service) => summary(host, service)),
    });
  });
  app.get("/services/:id", allow("read"), async (c) => {
    return c.json(await details(management, host.service(c.req.param("id"), c.get("caller").clientId)));
  });
  app.delete("/services/:id", allow("deploy"), async (c) => {
    const service = host.service(c.req.param("id"), c.get("caller").clientId);
    await host.remove(service.deployment.record.id);
    return c.json(summary(host, service));
  });
  app.get("/services/:id/logs", allow("read"), (c) => {
    const { log } = host.service(c.req.param("id"), c.get("caller").clientId);
    const tail = Math.min(TAIL_MAX, Number(c.req.query("tail") ?? TAIL_DEFAULT) || 0);
    return followLog(log, { tail, follow: c.req.query("follow") === "1", ends: host.stopping });
  });
  app.put("/services/:id/trace", allow("deploy"), async (c) => {
    const { on } = await readJson(c.req.raw, z.strictObject({ on: z.boolean() }));
    host.service(c.req.param("id"), c.get("caller").clientId).trace(on);
    return c.json({ on });
  });
  app.post("/deployments", allow("deploy"), async (c) => {
    const upload = await readUpload(c.req.raw, host.limits.tarMaxBytes);
    if (!upload.image) {
      throw new BerthError("request-invalid", 'no image received: send the tar as the form field "image"');
    }
    const asked = readOptions(upload.fields.options);
    const { clientId } = c.get("caller");
    if (asked.approved && !mayGrant(c.get("caller"))) {
      throw new BerthError(
        "scope-missing",
        "this needs the scope admin: it grants what the service asks for",
      );
    }
    using held = await management.images.addHeld(upload.image, clientId);
    c.set("target", `${clientId}-${asked.name ?? held.record.name}`);
    const deployed = await management.rollouts.create(held.record, { clientId, ...asked });
    if (deployed instanceof Service) return c.json(summary(host, deployed), 201);
    return c.json({
      id: `${clientId}-${deployed.input.name}`,
      state: "waiting-for-approval",
      ...pendingReply(deployed),
    }, 202);
  });
  app.get("/approvals", allow("read"), (c) => {
    const approvals = management.approvals.list(c.get("caller").clientId)
      .map(({ id, pending }) => ({ id, ...pendingReply(pending) }));
    return c.json({ approvals });
  });
  app.route("/services", grantRoutes(management));
  app.route("/services", secretRoutes(management));
  return app;
}

function readOptions(text: string | undefined): Omit<DeployOptions, "clientId"> {
  if (text === undefined) return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new BerthError("request-invalid", 'the form field "options" is not JSON');
  }
  const parsed = deployOptions.safeParse(value);
  if (parsed.success) {
    return Object.fromEntries(Object.entries(parsed.data).filter(([, field]) => field !== undefined));
  }
  const issue = parsed.error.issues[0];
  throw new BerthError("request-invalid", `options.${issue?.path.join(".") ?? ""}: ${issue?.message}`);
}

async function details(management: Management, service: Service) {
  const { host } = management;
  const { record: { grants, env }, limits, manifest } = service.deployment;
  const plain = CAPABILITIES.filter((capability) => grants[capability.name] !== undefined)
    .map((capability) => ({ name: capability.name, allows: capability.describe(grants[capability.name]) }));
  return {
    ...summary(host, service),
    memory: manifest.state,
    env: Object.keys(env),
    grants,
    grantsInWords: plain,
    limits,
    use: {
      ...await service.use(),
      ...(grants.websocket === undefined
        ? {}
        : { websocketConnectionsMaxCount: host.sockets.count(service.deployment.record.id) }),
    },
    recentDenials: service.recentDenials(DENIALS_SHOWN_COUNT),
    openapi: openApiPath(service),
    traced: service.traced,
    preparation: await management.preparation(service),
  };
}
