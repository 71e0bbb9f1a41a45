/** What a host says of the device it runs on. */
import { hostname } from "node:os";
import { VERSION } from "./version.ts";

/** The answer to mimOE's `getMe`. */
export interface DeviceFacts {
  readonly nodeId: string;
  /** Berth has no accounts. */
  readonly accountId: "";
  readonly nodeName: string;
  readonly version: string;
  readonly linkLocalIp: string;
}

/** What changes while a host runs. */
export interface HostFigures {
  readonly deno: string;
  readonly upMs: number;
  readonly memory: Deno.MemoryUsage;
}

/** Asks the system, as far as the process may. */
export function deviceFacts(nodeId: string): DeviceFacts {
  const mayAsk = Deno.permissions.querySync({ name: "sys", kind: "networkInterfaces" }).state === "granted";
  const linkLocal = mayAsk
    ? Deno.networkInterfaces().find(({ family, address }) => family === "IPv4" && !address.startsWith("127."))
      ?.address
    : undefined;
  return {
    nodeId,
    accountId: "",
    nodeName: hostname(),
    version: VERSION,
    linkLocalIp: linkLocal ?? "127.0.0.1",
  };
}
