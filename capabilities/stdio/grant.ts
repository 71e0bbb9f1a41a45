/** The `stdio` capability, the host's half: `true`. */
import { z } from "zod";
import { type CapabilityDefinition, planNothing } from "../capability.ts";

/** The `stdio` capability has nothing to choose. */
export const stdioCapability: CapabilityDefinition<true> = {
  name: "stdio",
  summary: "writes to the service's log through stdout and stderr",
  schema: z.literal(true),
  plan: planNothing,
  describe: () => ["writes lines to the service's log: stdout as info, stderr as warn"],
};
