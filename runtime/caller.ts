/** Who calls the management API. */

/** What a key or token allows. */
export type Scope = "read" | "deploy" | "admin";

/** An authenticated caller. */
export interface Caller {
  /** Whose services and images it sees and makes. */
  readonly clientId: string;
  /** What it may do. */
  readonly scopes: readonly Scope[];
  /** How it proved itself: the key's name, or the token's subject; for the audit log. */
  readonly via: string;
}

/** Proves who calls; throws a `BerthError` (401, 403, 429) when it cannot. */
export interface Authenticator {
  /** Who calls, by the headers of the request; `remoteAddress` is for counting failures. */
  authenticate(headers: Headers, remoteAddress: string): Promise<Caller>;
}
