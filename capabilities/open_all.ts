/** Opens capabilities at once, all of them loaded: for `berth run` and for tests. Workers of services use `open.ts`. */
import { CAPABILITY_NAMES, type CapabilityName, type OpenContext } from "./capability.ts";
import { loadOpeners, type OpenedCapabilities, openGranted } from "./open.ts";

const openers = await loadOpeners(CAPABILITY_NAMES);

/** Opens every granted capability; none of the others. */
export function openCapabilities(
  grants: Readonly<Partial<Record<CapabilityName, unknown>>>,
  context: OpenContext,
): OpenedCapabilities {
  return openGranted(openers, grants, context);
}
