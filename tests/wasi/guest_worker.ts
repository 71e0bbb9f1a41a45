/** A worker with scoped permissions that runs guests one after the other. */
/// <reference lib="deno.worker" />
import { type GuestJob, runGuest } from "./guest_host.ts";

self.onmessage = async (event: MessageEvent<GuestJob>) => {
  self.postMessage(await runGuest(event.data));
};
self.postMessage("ready");
