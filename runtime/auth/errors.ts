/** Errors of proving who calls. */
import type { ErrorTable } from "../error.ts";

/** The table; see {@link ErrorTable}. 401 comes with a challenge; below `/mcm` mimOE's clients expect 403 for it. */
export const AUTH_ERRORS = {
  "key-missing": {
    status: 401,
    title: "The request has no key",
    fix:
      "Send the header `authorization: Bearer KEY`; the first key is in the file api-key of the data folder.",
  },
  "key-wrong": {
    status: 401,
    title: "The key is not known",
    fix: "Use a key of this host: the first one is in its data folder, `berth key` makes others.",
  },
  "token-invalid": {
    status: 401,
    title: "The token is not valid",
    fix: "Get a new token from an issuer that this host trusts.",
  },
  "token-expired": {
    status: 401,
    title: "The token has expired, or is not valid yet",
    fix: "Get a new token, and check the clocks of both sides.",
  },
  "token-scope": {
    status: 403,
    title: "The token does not allow this",
    fix: "Ask the issuer for a token with the scope edge:mcm.",
  },
  "token-keys-unreachable": {
    status: 503,
    title: "The issuer's keys cannot be had",
    fix: "Check the way to the issuer's key set, or use an API key.",
  },
  "client-invalid": {
    status: 403,
    title: "The client id is not valid",
    fix:
      "A client id has 1 to 64 letters, digits, dots, hyphens and underscores, and starts with a letter or digit.",
  },
  "scope-missing": {
    status: 403,
    title: "The key does not allow this",
    fix: "Use a key with the scope named, or make one with `berth key`.",
  },
  "auth-limited": {
    status: 429,
    title: "Too many requests without a valid key",
    fix: "Wait as long as the answer says, and use a valid key.",
  },
  "key-invalid": {
    status: 400,
    title: "The key cannot be made",
    fix: "Give it a new name of 1 to 64 letters, digits, dots, hyphens and underscores, and a scope.",
  },
  "key-last": {
    status: 409,
    title: "This is the last key that may manage keys",
    fix: "Make another key with the scope admin first.",
  },
  "key-unknown": {
    status: 404,
    title: "There is no such key",
    fix: "List the keys to see their names.",
  },
  "keys-damaged": {
    status: 500,
    title: "The list of keys cannot be read",
    fix: "Restore it from a backup. Removing it makes a new first key when the host starts.",
  },
  "signature-invalid": {
    status: 403,
    title: "The image's signature is not valid",
    fix: "Sign the image again: `berth pack --sign KEY`.",
  },
  "signature-missing": {
    status: 403,
    title: "The image is not signed",
    fix: "This host takes signed images only: `berth pack --sign KEY`.",
  },
  "signature-untrusted": {
    status: 403,
    title: "Nobody who is trusted signed the image",
    fix: "Add the signer's public key to the host's trusted keys, if you trust it.",
  },
  "signing-key-invalid": {
    status: 400,
    title: "The signing key is not valid",
    fix: "Use a key that `berth key new-signing` made.",
  },
} as const satisfies ErrorTable;
