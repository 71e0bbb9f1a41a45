/** What a service holds, what it waits for, and its earlier versions: below `/berth/v1/services/:id`. */
import { Hono } from "hono";
import { z } from "zod";
import { CAPABILITY_NAMES } from "../../capabilities/capability.ts";
import type { PendingApproval } from "../approvals.ts";
import { authorityOf, compareAuthority } from "../authority.ts";
import { BerthError } from "../error.ts";
import type { Management } from "../management.ts";
import { allow, type ServerEnv } from "./access.ts";
import { readJson } from "./json_body.ts";
import { summary } from "./service_reply.ts";

/** A deployment that waits, without the configuration's values. */
export function pendingReply({ input, version, more, sinceMs }: PendingApproval) {
  return {
    name: input.name,
    version,
    image: input.imageDigest,
    more,
    asks: authorityOf(input.grants),
    sinceMs,
  };
}

/** Of a line in the audit log. */
const TARGET_MAX_LENGTH = 200;

/** What a rollback is asked with. */
export const rollbackRequest = z.strictObject({ revision: z.int().min(1).optional() });

/** What is taken back. */
export const revocationRequest = z.strictObject({
  capability: z.enum(CAPABILITY_NAMES),
  allows: z.string().optional().describe("One line of what it holds; the whole capability when absent."),
});

/** The id of a caller's service that may exist only as a pending approval. */
export function idOf(nameOrId: string, clientId: string): string {
  return nameOrId.startsWith(`${clientId}-`) ? nameOrId : `${clientId}-${nameOrId}`;
}

/** The routes. */
export function grantRoutes(management: Management): Hono<ServerEnv> {
  const { host } = management;
  const app = new Hono<ServerEnv>();
  app.get("/:id/grants", allow("read"), (c) => {
    const { clientId } = c.get("caller");
    const id = idOf(c.req.param("id"), clientId);
    const held = host.services(clientId).find(({ deployment }) => deployment.record.id === id);
    const pending = management.approvals.get(id);
    if (!held && !pending) {
      throw new BerthError("service-not-found", `there is no service ${JSON.stringify(id)}`);
    }
    const grants = held?.deployment.record.grants ?? {};
    return c.json({
      id,
      image: held?.deployment.record.imageDigest ?? null,
      held: authorityOf(grants),
      pending: pending
        ? { ...pendingReply(pending), less: compareAuthority(grants, pending.input.grants).less }
        : null,
    });
  });
  app.post("/:id/approve", allow("admin"), async (c) => {
    return c.json(summary(host, await host.approve(idOf(c.req.param("id"), c.get("caller").clientId))));
  });
  app.delete("/:id/approval", allow("deploy"), (c) => {
    const id = idOf(c.req.param("id"), c.get("caller").clientId);
    const pending = management.approvals.get(id);
    if (!pending) throw new BerthError("nothing-pending", `nothing waits for approval for ${id}`);
    management.approvals.remove(id);
    return c.json(pendingReply(pending));
  });
  app.post("/:id/revoke", allow("admin"), async (c) => {
    const { capability, allows } = await readJson(c.req.raw, revocationRequest);
    const service = host.service(c.req.param("id"), c.get("caller").clientId);
    const { id, name } = service.deployment.record;
    c.set(
      "target",
      `${id} ${capability}${allows === undefined ? "" : `: ${allows.slice(0, TARGET_MAX_LENGTH)}`}`,
    );
    const revoked = await host.revoke(id, { capability, ...(allows === undefined ? {} : { allows }) });
    return c.json({ ...summary(host, host.service(name, service.deployment.record.clientId)), ...revoked });
  });
  app.get("/:id/history", allow("read"), (c) => {
    const { record } = host.service(c.req.param("id"), c.get("caller").clientId).deployment;
    const entries = [record, ...host.history(record.id)].map((entry, index) => ({
      revision: entry.revision,
      image: entry.imageDigest,
      version: host.versionOf(entry.imageDigest),
      updatedMs: entry.updatedMs,
      current: index === 0,
    }));
    return c.json({ id: record.id, history: entries });
  });
  app.post("/:id/rollback", allow("deploy"), async (c) => {
    const { revision } = await readJson(c.req.raw, rollbackRequest, "{}");
    const { record } = host.service(c.req.param("id"), c.get("caller").clientId).deployment;
    return c.json(summary(host, await host.rollBack(record.id, revision)));
  });
  return app;
}
