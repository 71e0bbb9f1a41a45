/** The host's half of `websocket`. */
import { z } from "zod";
import { type CapabilityDefinition, planNothing } from "../capability.ts";
import type { WebSocketGrant } from "./websocket.ts";

const ORIGINS_MAX = 64;

const OPTIONS = z.strictObject({
  origins: z.array(
    z.string().max(300).regex(
      /^https?:\/\/[^\s/?#@]+$/,
      'not an origin; write "https://app.example.com", with nothing behind it',
    ),
  ).min(1, "name at least one origin, or leave the key out for any").max(ORIGINS_MAX).optional()
    .describe("Pages whose scripts may connect, as origins; when absent any page may."),
});

/** `true`, or an object with options. */
const SCHEMA = z.union([z.literal(true), OPTIONS])
  .transform((grant): WebSocketGrant => grant === true ? {} : grant);

/** The `websocket` capability: `true`, or `{"origins": ["https://app.example.com"]}`. */
export const webSocketCapability: CapabilityDefinition<WebSocketGrant> = {
  name: "websocket",
  summary: "accepts WebSocket connections",
  schema: SCHEMA,
  // The host holds the connections: the worker needs nothing.
  plan: planNothing,
  describe: ({ origins }) => [
    origins === undefined
      ? "accepts WebSocket connections at its address, from any page"
      : `accepts WebSocket connections at its address, of pages only from ${origins.join(", ")}`,
  ],
};
