/** The third wall: what Deno lets the worker of a service do. */
import type { PermissionPlan } from "../../capabilities/capability.ts";

/** Every key explicit: a key left out would be inherited from the host. */
export function workerPermissions(plan: PermissionPlan): Deno.PermissionOptionsObject {
  return {
    read: [...plan.read],
    write: [...plan.write],
    net: [...plan.net],
    env: false,
    run: false,
    ffi: plan.ffi ? [...plan.ffi] : false,
    sys: false,
    import: false,
  };
}
