/** Symbolic links that a service asks for: made here, since Deno lets no worker with path permissions make one. */
import type { HostReply, ServicePlace } from "../capabilities/capability.ts";
import { CapabilityError } from "../capabilities/error.ts";
import type { FilesGrant } from "../capabilities/files/ask.ts";
import { makeLink, writableFolders } from "../capabilities/files/make_link.ts";
import type { WorkerCall } from "./worker/calls.ts";

const NOTHING = new Uint8Array(0);

/**
 * Carries a call of kind `link` out. Nothing that the worker says is believed.
 * @throws CapabilityError for a place or a text that is not the service's to use, and what the file system says
 */
export function carryLink(files: FilesGrant | undefined, place: ServicePlace, call: WorkerCall): HostReply {
  const { hostFolder, path, text } = (call.head ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof hostFolder !== "string" || typeof path !== "string" || typeof text !== "string") {
    throw new CapabilityError("invalid", "make a link: the request is malformed");
  }
  makeLink(files ? writableFolders(files, place) : [], { hostFolder, path, text });
  return { head: null, body: NOTHING };
}
