/** The `env` capability, the host's half: `true`, the names that the guest may see, or secrets besides. */
import { z } from "zod";
import { type CapabilityDefinition, planNothing } from "../capability.ts";
import { type EnvGrant, grantedConfig, grantedSecrets, SECRET_NAME } from "./env.ts";

const name = z.string().min(1).max(256).refine(
  (text) => !text.includes("=") && !text.includes("\0"),
  "a name holds neither '=' nor NUL",
);

const secretName = z.string().regex(SECRET_NAME, {
  error: "is not a secret's name; use up to 128 letters, digits, _ . - and begin with a letter or _",
});

const config = z.union([z.literal(true), z.array(name).min(1).max(1000)]);

/** The `env` capability. */
export const envCapability: CapabilityDefinition<EnvGrant> = {
  name: "env",
  summary: "reads the deployment's configuration",
  schema: z.union([
    ...config.options,
    z.strictObject({
      config: config.optional().describe("true, or the keys of the configuration; none when absent."),
      secrets: z.array(secretName).min(1).max(64).optional().describe("The secrets that it reads, by name."),
    }).refine((grant) => grant.config !== undefined || grant.secrets !== undefined, {
      error: 'names neither config nor secrets; write true, a list of keys, or {"secrets": ["API_TOKEN"]}',
    }),
  ]),
  plan: planNothing,
  describe: (grant) => [...configLines(grant), ...secretLines(grant)],
  alwaysAsked: secretLines,
};

function configLines(grant: EnvGrant): string[] {
  const keys = grantedConfig(grant);
  if (keys === true) return ["reads the whole configuration of its deployment"];
  return keys.length > 0 ? [`reads these keys of its deployment's configuration: ${keys.join(", ")}`] : [];
}

function secretLines(grant: EnvGrant): string[] {
  return grantedSecrets(grant).map((secret) => `reads its secret ${secret}`);
}
