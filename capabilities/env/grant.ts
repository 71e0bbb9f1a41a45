/** The `env` capability, the host's half: `true`, or the names that the guest may see. */
import { z } from "zod";
import { type CapabilityDefinition, NO_PERMISSIONS } from "../capability.ts";

/** All of the deployment's configuration, or these keys of it. */
export type EnvGrant = true | readonly string[];

const name = z.string().min(1).max(256).refine(
  (text) => !text.includes("=") && !text.includes("\0"),
  "a name holds neither '=' nor NUL",
);

/** The `env` capability. */
export const envCapability: CapabilityDefinition<EnvGrant> = {
  name: "env",
  summary: "reads the deployment's configuration",
  schema: z.union([z.literal(true), z.array(name).min(1).max(1000)]),
  plan: () => NO_PERMISSIONS,
  describe: (grant) => [
    grant === true
      ? "reads the whole configuration of its deployment"
      : `reads these keys of its deployment's configuration: ${grant.join(", ")}`,
  ],
};
