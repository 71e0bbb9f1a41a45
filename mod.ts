/**
 * Berth: a host for WebAssembly microservices on edge devices.
 *
 * ```ts
 * import { createHost, serveHost } from "./mod.ts";
 *
 * const dataFolder = await Deno.makeTempDir();
 * await using host = await createHost({ dataFolder });
 * const listening = serveHost(host, { hostname: "127.0.0.1", port: 0 });
 *
 * const health = await (await fetch(`${listening.origin}/healthz`)).json();
 * if (health.status !== "ok") throw new Error("not well");
 *
 * await listening.stop(1000);
 * ```
 *
 * Deno must run with `--unstable-worker-options`, or with `"unstable": ["worker-options"]` in deno.json; without it
 * {@link createHost} throws where it can tell. A host needs no port: {@link Host.fetch} answers requests that another
 * server received.
 *
 * @module
 */
export { createHost, Host, type HostOptions } from "./runtime/host.ts";
export {
  type FrontName,
  type FrontTimeouts,
  isLoopback,
  listenHost,
  type Listening,
  serveHost,
  type ServeOptions,
  type TlsFiles,
} from "./runtime/server/serve.ts";
export {
  type ImageSignature,
  newSigningKeys,
  parseTrustedKeys,
  signImage,
  type SigningKeyPair,
  type TrustedKey,
} from "./runtime/auth/signatures.ts";
export { readTokenKeys, type TokenIssuer, type TokenKeys } from "./runtime/auth/tokens.ts";
export { restoreBackup, type Restored } from "./runtime/restore.ts";
export type { StoreProblem } from "./runtime/store/store.ts";
export type { Authenticator, Caller, Scope } from "./runtime/caller.ts";
export type { DeployOptions } from "./runtime/deployment.ts";
export type { PendingApproval } from "./runtime/approvals.ts";
export type { AuthorityLine } from "./runtime/authority.ts";
export type { ServiceInput, ServiceState } from "./runtime/store/store.ts";
export type { Service } from "./runtime/service.ts";
export type { Egress } from "./runtime/worker/lane_events.ts";
export type { Revocation, Revoked } from "./runtime/revocation.ts";
export type { Front } from "./runtime/server/front.ts";
export type { PoolState } from "./runtime/pool.ts";
export type { LimitName } from "./runtime/limits.ts";
export type { CapabilityName } from "./capabilities/capability.ts";
export type { Grants } from "./capabilities/grants.ts";
export { parsePolicy, type Policy } from "./runtime/policy.ts";
export { Discovery, type DiscoveryOptions } from "./runtime/discovery/discovery.ts";
export type { Announced } from "./runtime/discovery/record.ts";
export type { Neighbour } from "./runtime/neighbour.ts";
export { BerthError, type ErrorSpec } from "./runtime/error.ts";
export { VERSION } from "./runtime/version.ts";
