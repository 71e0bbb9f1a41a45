/**
 * Berth: a host for WebAssembly microservices on edge devices.
 *
 * ```ts no-run
 * import { createHost } from "./mod.ts";
 *
 * await using host = await createHost({ dataFolder: "./berth-data" });
 * Deno.serve({ port: 8083 }, host.fetch);
 * ```
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
export { type StoreProblem } from "./runtime/store/store.ts";
export { parsePolicy, type Policy } from "./runtime/policy.ts";
export { Discovery, type DiscoveryOptions } from "./runtime/discovery/discovery.ts";
export { type Announced } from "./runtime/discovery/record.ts";
export { type Neighbour } from "./runtime/neighbour.ts";
export { BerthError, type ErrorSpec } from "./runtime/error.ts";
export { VERSION } from "./runtime/version.ts";
