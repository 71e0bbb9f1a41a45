/** The file of a policy: its schema, which is loaded only when a host is given one. */
import { z } from "zod";
import { CAPABILITY_NAMES } from "../capabilities/capability.ts";
import { invalidPolicy, type Policy } from "./policy.ts";

const capabilityName = z.enum(CAPABILITY_NAMES);

const rule = z.strictObject({
  services: z.array(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*\*?$|^\*$/)).min(1)
    .describe("Ids as `berth ls` shows them, `{clientId}-{name}`; `*` at the end stands for any rest."),
  capabilities: z.partialRecord(capabilityName, z.union([z.literal(true), z.array(z.string()).min(1)]))
    .describe("By capability: lines as `berth grant` shows them, or true for all that it may allow."),
  signedBy: z.array(z.string().min(1)).min(1).optional()
    .describe("Only for images that one of these signed: names in the file of `berth serve --trust`."),
});

const schema = z.strictObject({ grant: z.array(rule) });

/** See `parsePolicy`; throws `policy-invalid` with the place of the mistake. */
export function readPolicy(text: string): Policy {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalidPolicy(`it is not JSON: ${error instanceof Error ? error.message : error}`);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw invalidPolicy(`${issue?.path.join(".") || "the file"}: ${issue?.message}`);
}
