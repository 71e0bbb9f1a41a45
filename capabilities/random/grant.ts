/** The `random` capability, the host's half: `true`. */
import { z } from "zod";
import { type CapabilityDefinition, NO_PERMISSIONS } from "../capability.ts";

/** The `random` capability has nothing to choose. */
export const randomCapability: CapabilityDefinition<true> = {
  name: "random",
  summary: "draws random bytes",
  schema: z.literal(true),
  plan: () => NO_PERMISSIONS,
  describe: () => ["draws cryptographically secure random bytes"],
};
