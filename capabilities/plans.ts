/** What the worker of a service needs of Deno for its grants: one line for each capability. Loads no package. */
import { type CapabilityName, type PermissionPlan, planNothing, type ServicePlace } from "./capability.ts";
import { planFiles } from "./files/plan.ts";
import type { Grants } from "./grants.ts";
import { planHttp } from "./http/plan.ts";
import { planStorage } from "./storage/plan.ts";

/** The Deno permissions that a grant needs; it has passed its schema when the service was deployed. */
// deno-lint-ignore no-explicit-any -- a table over different grant types, as in `grants.ts`
type Plan = (grant: any, place: ServicePlace) => PermissionPlan;

/** The `plan` of each capability's definition. */
export const PLANS: Readonly<Record<CapabilityName, Plan>> = {
  files: planFiles,
  clock: planNothing,
  random: planNothing,
  env: planNothing,
  stdio: planNothing,
  http: planHttp,
  storage: planStorage,
  services: planNothing,
  websocket: planNothing,
};

/** Everything the worker of a service needs of Deno for its grants; lists without repetition, sorted. */
export function planPermissions(grants: Grants, place: ServicePlace): PermissionPlan {
  const plans = (Object.keys(PLANS) as CapabilityName[]).filter((name) => grants[name] !== undefined)
    .map((name) => PLANS[name](grants[name], place));
  const join = (key: keyof PermissionPlan) => [...new Set(plans.flatMap((plan) => plan[key] ?? []))].sort();
  const ffi = join("ffi");
  const plan = { read: join("read"), write: join("write"), net: join("net") };
  return ffi.length > 0 ? { ...plan, ffi } : plan;
}
