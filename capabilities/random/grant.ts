/** The `random` capability, the host's half: `true`. */
import { z } from "zod";
import { type CapabilityDefinition, planNothing } from "../capability.ts";

/** The `random` capability has nothing to choose. */
export const randomCapability: CapabilityDefinition<true> = {
  name: "random",
  summary: "draws random bytes",
  schema: z.literal(true),
  plan: planNothing,
  describe: () => ["draws cryptographically secure random bytes"],
};
