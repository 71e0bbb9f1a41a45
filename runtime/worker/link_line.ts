/** The worker's half of symbolic links: asks the host, which may make them. */
import type { OpenContext } from "../../capabilities/capability.ts";
import { CapabilityError } from "../../capabilities/error.ts";

const NOTHING = new Uint8Array(0);

/**
 * What makes links for the `files` capability.
 * @param serving whether a request is under way: at the start of an instance nobody takes the host's answer yet
 */
export function linkMaker(
  call: NonNullable<OpenContext["callHost"]>,
  serving: () => boolean,
): NonNullable<OpenContext["makeLink"]> {
  return async (hostFolder, path, text) => {
    if (!serving()) throw new CapabilityError("perm", "links are made while a request is served, not before");
    await call({ kind: "link", head: { hostFolder, path, text }, body: NOTHING });
  };
}
