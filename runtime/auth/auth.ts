/** Who calls the management API: an API key or a token in the header `authorization`, nothing else. */
import type { Authenticator, Caller } from "../caller.ts";
import { BerthError } from "../error.ts";
import { AUTH_ERRORS } from "./errors.ts";
import { Failures } from "./failures.ts";
import { ensureFirstKey, findKey, isName, type KeyStore, scopesWithin } from "./keys.ts";
import { type TokenIssuer, TokenVerifier } from "./tokens.ts";

/** The code of an error of this folder. */
export type AuthErrorCode = keyof typeof AUTH_ERRORS;

/** What came of looking at a request. */
export type AuthResult =
  | { readonly ok: true; readonly caller: Caller }
  | {
    readonly ok: false;
    readonly status: number;
    readonly code: AuthErrorCode;
    /** What is wrong, fit for the caller. */
    readonly detail: string;
    readonly retryAfterSeconds?: number;
    /** For the operator only. */
    readonly internal?: string;
  };

/** What callers are proven with. */
export interface AuthOptions {
  readonly keys: KeyStore;
  /** Without it no token is valid. */
  readonly tokens?: TokenVerifier;
  readonly failures?: Failures;
}

/** What a host's authentication is opened from. */
export interface OpenAuthOptions {
  readonly keys: KeyStore;
  /** Where the first key is written: `<data>/api-key`. */
  readonly keyFile: string;
  readonly issuers?: readonly TokenIssuer[];
}

/**
 * Opens a host's authentication: sees to the first key, and gets the issuers ready.
 *
 * @throws {BerthError} `key-invalid`, `token-invalid`
 */
export async function openAuth(options: OpenAuthOptions): Promise<Auth> {
  await ensureFirstKey(options.keys, options.keyFile);
  const issuers = options.issuers ?? [];
  if (issuers.length === 0) return new Auth({ keys: options.keys });
  return new Auth({ keys: options.keys, tokens: await TokenVerifier.open(issuers) });
}

/** The client id of calls with an API key that name none. */
export const API_CLIENT_ID = "api";
/** With an API key: the client id to act as. */
export const CLIENT_ID_HEADER = "x-client-id";

/** RFC 6750 2.1. */
const BEARER = /^bearer +([A-Za-z0-9._~+/-]+=*)$/i;
const CREDENTIAL_MAX_CHARACTERS = 8_192;

/** Proves callers. */
export class Auth implements Authenticator {
  readonly #keys: KeyStore;
  readonly #tokens: TokenVerifier | null;
  readonly #failures: Failures;

  constructor(options: AuthOptions) {
    this.#keys = options.keys;
    this.#tokens = options.tokens ?? null;
    this.#failures = options.failures ?? new Failures();
  }

  /**
   * Looks at a request's headers.
   *
   * A valid API key always passes; an address that failed too often gets 429 for everything else, before any
   * signature is computed.
   */
  async check(headers: Headers, remoteAddress: string): Promise<AuthResult> {
    try {
      return { ok: true, caller: await this.#caller(headers, remoteAddress) };
    } catch (error) {
      if (!(error instanceof BerthError)) throw error;
      const code = error.code as AuthErrorCode;
      const waitMs = this.#failures.waitMs(remoteAddress);
      const ours = AUTH_ERRORS[code].status === 503;
      const limited = waitMs > 0 && !ours;
      if (!limited && !ours) this.#failures.add(remoteAddress);
      const shown: AuthErrorCode = limited ? "auth-limited" : code;
      return {
        ok: false,
        status: AUTH_ERRORS[shown].status,
        code: shown,
        detail: limited ? "too many requests without a valid key came from this address" : error.detail,
        ...(limited ? { retryAfterSeconds: Math.ceil(waitMs / 1000) } : {}),
        ...(error.internal === "" ? {} : { internal: error.internal }),
      };
    }
  }

  /** The same for whoever takes an error: throws a `BerthError` with `challenge` or `retryAfterSeconds`. */
  async authenticate(headers: Headers, remoteAddress: string): Promise<Caller> {
    const result = await this.check(headers, remoteAddress);
    if (result.ok) return result.caller;
    const data = {
      ...(result.status === 401 ? { challenge: challenge(result.code) } : {}),
      ...(result.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: result.retryAfterSeconds }),
    };
    throw new BerthError(result.code, result.detail, data, result.internal);
  }

  async #caller(headers: Headers, remoteAddress: string): Promise<Caller> {
    const credential = bearerOf(headers);
    const key = findKey(this.#keys, credential);
    if (key) {
      const clientId = headers.get(CLIENT_ID_HEADER) ?? API_CLIENT_ID;
      if (!isName(clientId)) {
        throw new BerthError("client-invalid", `the header ${CLIENT_ID_HEADER} is not a client id`);
      }
      return { clientId, scopes: scopesWithin(key.scopes), via: key.name };
    }
    // Three parts are a token; keys have no dots.
    if (credential.split(".").length !== 3 || !this.#tokens) {
      throw new BerthError("key-wrong", "the key is not one of this host");
    }
    if (this.#failures.waitMs(remoteAddress) > 0) throw new BerthError("token-invalid", "not looked at");
    const token = await this.#tokens.verify(credential);
    const named = headers.get(CLIENT_ID_HEADER);
    if (named !== null && named !== token.subject) {
      throw new BerthError("client-invalid", "a token acts as its subject only");
    }
    return { clientId: token.subject, scopes: scopesWithin(token.scopes), via: token.subject };
  }
}

/** The one bearer credential of a request. */
function bearerOf(headers: Headers): string {
  const header = headers.get("authorization");
  if (header === null) throw new BerthError("key-missing", "the request has no header authorization");
  const credential = header.length > CREDENTIAL_MAX_CHARACTERS ? undefined : BEARER.exec(header)?.[1];
  if (credential === undefined) {
    throw new BerthError("key-wrong", "the header authorization must be: Bearer and one key or token");
  }
  return credential;
}

/** RFC 6750 3. */
function challenge(code: AuthErrorCode): string {
  return code === "key-missing" ? 'Bearer realm="berth"' : 'Bearer realm="berth", error="invalid_token"';
}
