/** Tells the local network of a host, and the host of its neighbours. */
import type { Discovery, Host } from "../../mod.ts";
import { VERSION } from "../version.ts";

/**
 * Takes part in discovery for a host, on all interfaces or on the one that it listens at.
 * @param hostname where it listens: an address of this machine, `0.0.0.0`, or `::` for both families
 */
export async function announceHost(
  host: Host,
  port: number,
  hostname: string,
  secure: boolean,
): Promise<Discovery> {
  const { Discovery } = await import("../../mod.ts");
  const { nodeId, nodeName } = host.me();
  const one = /^\d{1,3}(\.\d{1,3}){3}$/.test(hostname) && hostname !== "0.0.0.0";
  const discovery = await Discovery.open({
    announce: { id: nodeId, name: nodeName, version: VERSION, port, secure },
    ...(one ? { interfaces: [hostname] } : {}),
    family: hostname.includes(":") ? "both" : "ipv4",
  });
  host.neighbours = () => discovery.neighbours;
  return discovery;
}
