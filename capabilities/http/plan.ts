/** What the worker of a service with the `http` capability may reach. */
import type { PermissionPlan, ServicePlace } from "../capability.ts";
import { addressText } from "./address.ts";
import { type AllowPattern, patternsOf } from "./allow.ts";
import type { HttpGrant } from "./http.ts";

/** More ports than this in one pattern are not listed one by one for Deno, which has no ranges. */
const PORTS_LISTED_MAX = 64;

/** The hosts and ports of the allow list. */
export function planHttp({ allow }: HttpGrant, { selfOrigin }: ServicePlace): PermissionPlan {
  return { read: [], write: [], net: [...new Set(patternsOf(allow, selfOrigin).flatMap(netEntries))] };
}

/** The `net` entries of Deno that cover one pattern; Deno has no port ranges, so a large one is every port. */
function netEntries(pattern: AllowPattern): string[] {
  const { host, portFirst, portLast } = pattern;
  const name = hostText(host);
  if (portLast - portFirst >= PORTS_LISTED_MAX) return [name];
  return Array.from({ length: portLast - portFirst + 1 }, (_, i) => `${name}:${portFirst + i}`);
}

/** A host of the allow list as Deno writes it: `api.example.com`, `*.example.com`, `10.0.0.0/8`. */
export function hostText(host: AllowPattern["host"]): string {
  switch (host.kind) {
    case "name":
      return host.name;
    case "below":
      return `*.${host.name}`;
    case "address":
      return addressText(host.address);
    case "network":
      return host.text;
  }
}
