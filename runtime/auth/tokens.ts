/** Tokens (JWT) of issuers that the host trusts. */
import type { JWTPayload, JWTVerifyGetKey } from "jose";
import type { Scope } from "../caller.ts";
import { BerthError } from "../error.ts";
import { loadJose } from "../management_door.ts";
import { isName } from "./keys.ts";

/** What an issuer signs with. Each kind admits only its own algorithms, so no key serves as one of another kind. */
export type TokenKeys =
  /** A shared secret of at least 32 bytes, for HS256. */
  | { readonly kind: "secret"; readonly secret: Uint8Array }
  /** A public key in PEM (SPKI), for EdDSA or RS256. */
  | { readonly kind: "pem"; readonly pem: string; readonly algorithm: "EdDSA" | "RS256" }
  /** A set of public keys (RFC 7517), for EdDSA and RS256. */
  | { readonly kind: "jwks"; readonly jwks: unknown }
  /** The same, fetched when it is needed and kept for ten minutes. */
  | { readonly kind: "jwks-url"; readonly url: string };

/** An issuer. */
export interface TokenIssuer {
  /** What it signs with. */
  readonly keys: TokenKeys;
  /** The `iss` that its tokens must have; any when absent. */
  readonly issuer?: string;
  /** The `aud` that its tokens must have. When absent only tokens without an audience pass. */
  readonly audience?: string;
}

/** A token that was verified. */
export interface VerifiedToken {
  /** The client id. */
  readonly subject: string;
  readonly scopes: readonly Scope[];
}

/** The scope of mimik's tokens that stands for the whole management API. */
export const MANAGEMENT_SCOPE = "edge:mcm";

/** How far the clocks of issuer and device may be apart. */
const CLOCK_TOLERANCE_SECONDS = 30;
const TOKEN_MAX_CHARACTERS = 8_192;
const SECRET_MIN_BYTES = 32;
const ISSUERS_MAX = 16;
const FETCH_MAX_MS = 3_000;
const KEPT_MAX_MS = 600_000;
/** A token with a key of another name has the set fetched anew, but not more often than this. */
const BETWEEN_FETCHES_MS = 30_000;
/** A set of a hundred RSA keys has some 80 KB. */
const SET_MAX_BYTES = 256 << 10;

/** An issuer whose keys are ready. */
interface ReadyIssuer {
  readonly key: JWTVerifyGetKey;
  readonly algorithms: string[];
  readonly options: TokenIssuer;
}

/** Verifies tokens. */
export class TokenVerifier {
  readonly #jose: typeof import("./jose.ts");
  readonly #issuers: readonly ReadyIssuer[];
  readonly #now: () => number;

  private constructor(jose: typeof import("./jose.ts"), issuers: readonly ReadyIssuer[], now: () => number) {
    this.#jose = jose;
    this.#issuers = issuers;
    this.#now = now;
  }

  /**
   * Makes a verifier; the library is loaded here, so that a host without issuers does without.
   *
   * @param now the wall clock in ms
   * @throws {BerthError} `token-invalid` for keys that cannot be used
   */
  static async open(issuers: readonly TokenIssuer[], now: () => number = Date.now): Promise<TokenVerifier> {
    if (issuers.length > ISSUERS_MAX) throw unusable(`more than ${ISSUERS_MAX} issuers`);
    const jose = await loadJose();
    const ready = await Promise.all(
      issuers.map(async (options) => ({ ...await keysOf(jose, options.keys), options })),
    );
    return new TokenVerifier(jose, ready, now);
  }

  /**
   * Verifies a token with the keys of each issuer in turn.
   *
   * @throws {BerthError} `token-invalid`, `token-expired`, `token-scope`, `client-invalid`, `token-keys-unreachable`
   */
  async verify(token: string): Promise<VerifiedToken> {
    if (token.length > TOKEN_MAX_CHARACTERS) throw new BerthError("token-invalid", "the token is too long");
    let failure: BerthError = new BerthError("token-invalid", "no trusted issuer signed the token");
    for (const issuer of this.#issuers) {
      try {
        return subjectOf(await this.#payload(token, issuer));
      } catch (error) {
        const shown = this.#failure(error, issuer.options.keys.kind === "jwks-url");
        // The issuer that knows the key has the say; the others know nothing of the token.
        if (shown.code !== "token-invalid") throw shown;
        failure = shown;
      }
    }
    throw failure;
  }

  async #payload(token: string, issuer: ReadyIssuer): Promise<JWTPayload> {
    const { options } = issuer;
    const { payload } = await this.#jose.jwtVerify(token, issuer.key, {
      algorithms: issuer.algorithms,
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      currentDate: new Date(this.#now()),
      requiredClaims: ["exp", "sub"],
      ...(options.issuer === undefined ? {} : { issuer: options.issuer }),
      ...(options.audience === undefined ? {} : { audience: options.audience }),
    });
    if (options.audience === undefined && payload.aud !== undefined) {
      throw new BerthError("token-invalid", "the token is for another audience");
    }
    return payload;
  }

  #failure(error: unknown, remote: boolean): BerthError {
    if (error instanceof BerthError) return error;
    const { errors } = this.#jose;
    if (error instanceof errors.JWTExpired) return new BerthError("token-expired", "the token has expired");
    if (error instanceof errors.JWTClaimValidationFailed) {
      return error.claim === "nbf" || error.claim === "iat"
        ? new BerthError("token-expired", "the token is not valid yet")
        : new BerthError("token-invalid", `the token's ${error.claim} is missing or not the one expected`);
    }
    // What is not the library's own error, or only its general one, comes from the fetch of the set.
    const general = !(error instanceof errors.JOSEError) || error.code === "ERR_JOSE_GENERIC";
    if (remote && (general || error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid)) {
      return new BerthError("token-keys-unreachable", "cannot get the issuer's keys", {}, String(error));
    }
    return new BerthError("token-invalid", "no trusted issuer signed the token");
  }
}

function unusable(why: string): BerthError {
  return new BerthError("token-invalid", `cannot use the keys of an issuer: ${why}`);
}

const ASYMMETRIC = ["EdDSA", "Ed25519", "RS256"];

async function keysOf(
  jose: typeof import("./jose.ts"),
  keys: TokenKeys,
): Promise<{ key: JWTVerifyGetKey; algorithms: string[] }> {
  switch (keys.kind) {
    case "secret": {
      if (keys.secret.byteLength < SECRET_MIN_BYTES) {
        throw unusable(`a secret has at least ${SECRET_MIN_BYTES} bytes`);
      }
      return { key: () => Promise.resolve(keys.secret), algorithms: ["HS256"] };
    }
    case "pem": {
      const key = await jose.importSPKI(keys.pem, keys.algorithm).catch((error) => {
        throw unusable(String(error.message ?? error));
      });
      return {
        key: () => Promise.resolve(key),
        algorithms: keys.algorithm === "EdDSA" ? ["EdDSA", "Ed25519"] : ["RS256"],
      };
    }
    case "jwks": {
      try {
        const set = publicSet(keys.jwks);
        return { key: jose.createLocalJWKSet(set), algorithms: ASYMMETRIC };
      } catch (error) {
        throw error instanceof BerthError ? error : unusable(String((error as Error).message));
      }
    }
    case "jwks-url": {
      const url = URL.parse(keys.url);
      const local = url?.hostname === "localhost" || url?.hostname === "127.0.0.1";
      if (!url || (url.protocol !== "https:" && !local)) {
        throw unusable("the address of a key set must be https://");
      }
      const options = {
        timeoutDuration: FETCH_MAX_MS,
        cacheMaxAge: KEPT_MAX_MS,
        cooldownDuration: BETWEEN_FETCHES_MS,
        [jose.customFetch]: fetchBounded,
      };
      return { key: jose.createRemoteJWKSet(url, options), algorithms: ASYMMETRIC };
    }
  }
}

/** As `fetch`, with an end to what it takes: an issuer must not fill the device's memory. */
async function fetchBounded(url: string, init: RequestInit): Promise<Response> {
  const answer = await fetch(url, init);
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  // Leaving the loop by an error cancels the body.
  for await (const piece of answer.body ?? []) {
    length += piece.length;
    if (length > SET_MAX_BYTES) throw new Error(`the set is over ${SET_MAX_BYTES} bytes`);
    pieces.push(piece);
  }
  return new Response(new Blob(pieces), { status: answer.status, headers: answer.headers });
}

type KeySet = Parameters<typeof import("./jose.ts").createLocalJWKSet>[0];

/** A set holds public keys: a secret in it would let whoever reads the file make tokens. */
function publicSet(value: unknown): KeySet {
  const set = value as KeySet | null;
  if (typeof set !== "object" || set === null || !Array.isArray(set.keys)) {
    throw unusable("it is not a key set");
  }
  if (set.keys.some((key) => key.kty === "oct" || key.d !== undefined)) {
    throw unusable("the set holds a secret");
  }
  return set;
}

function subjectOf(payload: JWTPayload): VerifiedToken {
  const subject = payload.sub ?? "";
  if (!isName(subject)) throw new BerthError("client-invalid", "the token's subject cannot be a client id");
  const scopes = scopesOf(payload);
  if (scopes.length === 0) {
    throw new BerthError("token-scope", `the token does not have the scope ${MANAGEMENT_SCOPE}`);
  }
  return { subject, scopes };
}

/** `edge:mcm` is everything; `berth:read` and so on are Berth's own, for less. RFC 8693 4.2: separated by spaces. */
function scopesOf(payload: JWTPayload): Scope[] {
  const claim = payload["scope"];
  const words = typeof claim === "string" ? claim.split(" ") : Array.isArray(claim) ? claim : [];
  if (words.includes(MANAGEMENT_SCOPE)) return ["admin"];
  return (["read", "deploy", "admin"] as const).filter((scope) => words.includes(`berth:${scope}`));
}

/**
 * The keys in a file, by what it holds: a set (JSON), a public key (PEM), or else a secret as it is.
 *
 * @throws {BerthError} `token-invalid` for a private key or what cannot be used
 */
export async function readTokenKeys(file: string): Promise<TokenKeys> {
  const bytes = await Deno.readFile(file);
  const text = new TextDecoder().decode(bytes).trim();
  if (text.startsWith("{")) {
    try {
      return { kind: "jwks", jwks: JSON.parse(text) };
    } catch {
      throw unusable("the key set is not JSON");
    }
  }
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) {
    throw unusable("the file holds a private key; give the public one");
  }
  if (!text.startsWith("-----BEGIN")) return { kind: "secret", secret: new TextEncoder().encode(text) };
  const { createPublicKey } = await import("node:crypto");
  const type = createPublicKey(text).asymmetricKeyType;
  if (type !== "rsa" && type !== "ed25519") {
    throw unusable(`a key of the kind ${type} serves none of the algorithms`);
  }
  return { kind: "pem", pem: text, algorithm: type === "rsa" ? "RS256" : "EdDSA" };
}
