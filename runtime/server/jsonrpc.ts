/** The JSON-RPC of mimOE: what a client asks a device about itself. */
import { Hono } from "hono";
import { z } from "zod";
import { BerthError } from "../error.ts";
import type { Host } from "../host.ts";
import type { ServerEnv } from "./access.ts";
import { readText } from "./json_body.ts";
import { mimoeErrorResponse } from "./problem.ts";

/** A call of JSON-RPC 2.0. */
export const rpcCall = z.object({
  jsonrpc: z.literal("2.0"),
  id: z.union([z.string(), z.number(), z.null()]).optional(),
  method: z.string(),
  params: z.unknown().optional(),
});

const METHOD_UNKNOWN = -32601;
const REQUEST_INVALID = -32600;
const PARSE_ERROR = -32700;
/** Berth has no account to associate with. */
const NOT_SUPPORTED = -32000;

/** The routes. */
export function jsonRpcRoutes(host: Host): Hono<ServerEnv> {
  const app = new Hono<ServerEnv>();
  app.post("/", async (c) => {
    let body: unknown;
    try {
      body = JSON.parse(await readText(c.req.raw));
    } catch (error) {
      if (error instanceof BerthError) return mimoeErrorResponse(error);
      return c.json({
        jsonrpc: "2.0",
        id: null,
        error: { code: PARSE_ERROR, message: "the body is not JSON" },
      });
    }
    const parsed = rpcCall.safeParse(body);
    if (!parsed.success) {
      return c.json({
        jsonrpc: "2.0",
        id: null,
        error: { code: REQUEST_INVALID, message: "not a JSON-RPC 2.0 call" },
      });
    }
    return c.json({ jsonrpc: "2.0", id: parsed.data.id ?? null, ...answer(host, parsed.data.method) });
  });
  return app;
}

function answer(host: Host, method: string) {
  switch (method) {
    case "getMe":
      return { result: host.me() };
    case "getEdgeIdToken":
    case "associateAccount":
    case "unassociateAccount":
      return {
        error: {
          code: NOT_SUPPORTED,
          message: `${method} needs mimik's cloud; Berth works alone: use the API key of this device`,
        },
      };
    default:
      return { error: { code: METHOD_UNKNOWN, message: `there is no method ${method}` } };
  }
}
