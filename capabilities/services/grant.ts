/** The host's half of `services`. */
import { z } from "zod";
import { type CapabilityDefinition, planNothing } from "../capability.ts";
import type { ServicesGrant } from "./services.ts";

/** A name, or its beginning and an asterisk. The asterisk alone is not offered: whom a service calls is to be said. */
const ENTRY = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}\*?$/;
const ENTRIES_MAX = 256;

const schema: z.ZodType<ServicesGrant> = z.strictObject({
  allow: z.array(
    z.string().regex(ENTRY, 'not the name of a service; write "counter", or "shop-*" for all that begin so'),
  ).min(1, "name at least one service, or leave the key out").max(ENTRIES_MAX)
    .describe(
      'Which services of the same client may be called: "counter", or "shop-*" for all that begin so.',
    ),
});

/** The `services` capability: `{"allow": ["counter", "shop-*"]}`. */
export const servicesCapability: CapabilityDefinition<ServicesGrant> = {
  name: "services",
  summary: "calls other services on this device",
  schema,
  // The host carries the calls: the worker needs nothing.
  plan: planNothing,
  describe: (grant) =>
    grant.allow.map((entry) =>
      entry.endsWith("*")
        ? `calls every service on this device whose name begins with ${entry.slice(0, -1)}`
        : `calls the service ${entry} on this device`
    ),
};
