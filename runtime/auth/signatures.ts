/** Signatures of images: Ed25519 over the image's digest. */
import { Buffer } from "node:buffer";
import { BerthError } from "../error.ts";
import { isName } from "./keys.ts";

/** A new pair of keys. */
export interface SigningKeyPair {
  /** PKCS #8, PEM: for the signer alone. */
  readonly privateKey: string;
  /** `ed25519:` and 32 bytes in base64: for the hosts that trust the signer. */
  readonly publicKey: string;
}

/** A signature as it travels with an image; plain JSON. */
export interface ImageSignature {
  /** The only one that there is. */
  readonly algorithm: "ed25519";
  /** The signer's public key, so that a host can say whose signature it does not trust. */
  readonly publicKey: string;
  /** 64 bytes in base64. */
  readonly signature: string;
}

/** A signer whom a host trusts. */
export interface TrustedKey {
  /** What the host calls the signer. */
  readonly name: string;
  /** `ed25519:` and 32 bytes in base64. */
  readonly publicKey: string;
}

const PUBLIC_KEY = /^ed25519:([A-Za-z0-9+/]{43}=)$/;
const SIGNATURE = /^[A-Za-z0-9+/]{86}==$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;
const TRUSTED_MAX = 256;

/** Makes a pair of keys. */
export async function newSigningKeys(): Promise<SigningKeyPair> {
  const pair = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]) as CryptoKeyPair;
  const pkcs8 = Buffer.from(await crypto.subtle.exportKey("pkcs8", pair.privateKey)).toString("base64");
  const raw = Buffer.from(await crypto.subtle.exportKey("raw", pair.publicKey)).toString("base64");
  return {
    privateKey: `-----BEGIN PRIVATE KEY-----\n${pkcs8}\n-----END PRIVATE KEY-----\n`,
    publicKey: `ed25519:${raw}`,
  };
}

/** What is signed: the digest with a head of its own, so that no signature made for something else fits. */
function message(digest: string): Uint8Array<ArrayBuffer> {
  if (!DIGEST.test(digest)) {
    throw new BerthError("signature-invalid", "an image's digest is sha256: and 64 hex digits");
  }
  return new TextEncoder().encode(`berth image signature 1\n${digest}\n`);
}

/**
 * Signs an image.
 *
 * @param digest `sha256:` and 64 hex digits
 * @param privateKey PKCS #8, PEM, as {@link newSigningKeys} gives it
 * @throws {BerthError} `signing-key-invalid`
 */
export async function signImage(digest: string, privateKey: string): Promise<ImageSignature> {
  const text = message(digest);
  const { key, publicKey } = await importPrivateKey(privateKey);
  const signature = Buffer.from(await crypto.subtle.sign("Ed25519", key, text)).toString("base64");
  return { algorithm: "ed25519", publicKey, signature };
}

async function importPrivateKey(pem: string): Promise<{ key: CryptoKey; publicKey: string }> {
  const body = /^\s*-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END PRIVATE KEY-----\s*$/.exec(pem)
    ?.[1];
  try {
    const pkcs8 = Buffer.from(body ?? "", "base64");
    const key = await crypto.subtle.importKey("pkcs8", pkcs8, "Ed25519", true, ["sign"]);
    const { x = "" } = await crypto.subtle.exportKey("jwk", key);
    return { key, publicKey: `ed25519:${Buffer.from(x, "base64url").toString("base64")}` };
  } catch {
    throw new BerthError("signing-key-invalid", "the signing key is not an Ed25519 key in PEM");
  }
}

/** Reads a signature as it travels with an image; throws `signature-invalid`. */
export function parseSignature(text: string): ImageSignature {
  let value: Partial<Record<keyof ImageSignature, unknown>> | null;
  try {
    value = JSON.parse(text);
  } catch {
    throw new BerthError("signature-invalid", "the image's signature is not JSON");
  }
  const { algorithm, publicKey, signature } = value ?? {};
  if (algorithm !== "ed25519" || typeof publicKey !== "string" || typeof signature !== "string") {
    throw new BerthError("signature-invalid", "the image's signature is malformed");
  }
  return { algorithm, publicKey, signature };
}

/**
 * Checks that a trusted signer signed the image.
 *
 * @returns the signer
 * @throws {BerthError} `signature-missing`, `signature-untrusted`, `signature-invalid`
 */
export async function verifyImage(
  digest: string,
  signature: ImageSignature | null,
  trusted: readonly TrustedKey[],
): Promise<TrustedKey> {
  if (signature === null) throw new BerthError("signature-missing", "the image has no signature");
  const raw = PUBLIC_KEY.exec(String(signature.publicKey))?.[1];
  if (
    signature.algorithm !== "ed25519" || raw === undefined || !SIGNATURE.test(String(signature.signature))
  ) {
    throw new BerthError("signature-invalid", "the image's signature is malformed");
  }
  const signer = trusted.find((key) => key.publicKey === signature.publicKey);
  if (!signer) {
    throw new BerthError(
      "signature-untrusted",
      `the image is signed by ${signature.publicKey}, which is not trusted`,
    );
  }
  const text = message(digest);
  if (!await verifies(raw, signature.signature, text)) {
    throw new BerthError("signature-invalid", `the signature of ${signer.name} does not fit the image`);
  }
  return signer;
}

async function verifies(raw: string, signature: string, text: Uint8Array<ArrayBuffer>): Promise<boolean> {
  try {
    const key = await crypto.subtle.importKey("raw", Buffer.from(raw, "base64"), "Ed25519", false, [
      "verify",
    ]);
    return await crypto.subtle.verify("Ed25519", key, Buffer.from(signature, "base64"), text);
  } catch {
    return false; // not a point on the curve
  }
}

/**
 * Reads a list of trusted keys: a line each, a name and a public key; `#` starts a comment.
 *
 * @throws {BerthError} `signing-key-invalid` with the number of the line
 */
export function parseTrustedKeys(text: string): TrustedKey[] {
  const keys: TrustedKey[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    const words = line.replace(/#.*/s, "").trim().split(/\s+/);
    if (words[0] === "") continue;
    const [name = "", publicKey = ""] = words;
    if (words.length !== 2 || !isName(name) || !PUBLIC_KEY.test(publicKey)) {
      throw new BerthError(
        "signing-key-invalid",
        `line ${index + 1} of the trusted keys is not a name and ed25519:KEY`,
      );
    }
    if (keys.some((key) => key.name === name || key.publicKey === publicKey)) {
      throw new BerthError(
        "signing-key-invalid",
        `line ${index + 1} of the trusted keys repeats an earlier one`,
      );
    }
    keys.push({ name, publicKey });
  }
  if (keys.length > TRUSTED_MAX) {
    throw new BerthError("signing-key-invalid", `more than ${TRUSTED_MAX} trusted keys`);
  }
  return keys;
}
