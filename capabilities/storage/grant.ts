/** The host's half of `storage`. */
import { z } from "zod";
import type { CapabilityDefinition } from "../capability.ts";
import { planStorage } from "./plan.ts";
import type { StorageGrant } from "./storage.ts";

const OPTIONS = z.strictObject({
  durability: z.enum(["power-loss", "process-crash"]).default("power-loss").describe(
    "What a returned write survives; process-crash is faster and may lose the last writes when the power goes.",
  ),
});

/** `true`, or an object with options. */
const SCHEMA = z.union([z.literal(true), OPTIONS])
  .transform((grant): StorageGrant => grant === true ? { durability: "power-loss" } : grant);

/** The definition of `storage`; its grant is complete after the schema has seen it. */
export const storageCapability: CapabilityDefinition<StorageGrant> = {
  name: "storage",
  summary: "keeps keys and values on the device",
  schema: SCHEMA,
  plan: planStorage,
  describe: (grant) => [
    grant.durability === "power-loss"
      ? "keeps keys and values in its own database on this device"
      : "keeps keys and values in its own database on this device (the last writes may be lost when the power goes)",
  ],
};
