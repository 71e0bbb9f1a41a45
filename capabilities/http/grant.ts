/** The host's half of `http`: what a manifest may ask. */
import { z } from "zod";
import type { CapabilityDefinition } from "../capability.ts";
import { specialNetwork } from "./address.ts";
import { parsePattern, SELF } from "./allow.ts";
import type { HttpGrant } from "./http.ts";
import { hostText, planHttp } from "./plan.ts";

const PATTERNS_MAX = 256;
const AUTHORITIES_MAX = 16;
const AUTHORITY_MAX_CHARACTERS = 16 << 10;

const PATTERN = z.string().max(300).superRefine((text, context) => {
  if (text === SELF) return;
  try {
    parsePattern(text);
  } catch (error) {
    context.addIssue({ code: "custom", message: (error as Error).message });
  }
});

const schema: z.ZodType<HttpGrant> = z.strictObject({
  allow: z.array(PATTERN).min(1, "name at least one host, or leave the key out").max(PATTERNS_MAX)
    .describe(
      'What may be called: "https://api.example.com", "https://*.example.com", "http://10.0.0.5:8080".',
    ),
  authorities: z.array(
    z.string().max(AUTHORITY_MAX_CHARACTERS)
      .regex(/^\s*-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----\s*$/, "not a PEM certificate"),
  ).max(AUTHORITIES_MAX).default([])
    .describe("Certificates (PEM) of authorities that are trusted instead of the usual ones."),
});

function describePattern(text: string): string {
  if (text === SELF) return "calls this Berth's own address";
  const { scheme, host, portFirst, portLast } = parsePattern(text);
  const first = host.kind === "address" || host.kind === "network"
    ? specialNetwork(host.kind === "address" ? host.address : host.network.address)
    : null;
  const kind = first ? ` (${first.name})` : "";
  const where = host.kind === "below"
    ? `every host below ${host.name}`
    : host.kind === "network"
    ? `every address in ${host.text}${kind}`
    : `${hostText(host)}${kind}`;
  const ports = portFirst === 1 && portLast === 65_535
    ? "any port"
    : portFirst === portLast
    ? `port ${portFirst}`
    : `ports ${portFirst} to ${portLast}`;
  return `calls ${where}, ${ports}, ${scheme === "https" ? "encrypted" : "not encrypted"}`;
}

/** The `http` capability: `{"allow": ["https://api.example.com", …], "authorities"?: [PEM, …]}`. */
export const httpCapability: CapabilityDefinition<HttpGrant> = {
  name: "http",
  summary: "calls other hosts over HTTP",
  schema,
  plan: planHttp,
  describe: (grant) => [
    ...grant.allow.map(describePattern),
    ...(grant.authorities.length > 0
      ? [
        `trusts ${grant.authorities.length} certificate ${
          grant.authorities.length === 1 ? "authority" : "authorities"
        } of its own`,
      ]
      : []),
  ],
};
