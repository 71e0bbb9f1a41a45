/** What went wrong with an outbound request, as the capability's error. Pure. */
import { CapabilityError, type CapabilityErrorCode } from "../error.ts";

/** Not within the allow list; the manifest line that would allow `origin`. */
export function denied(why: string, origin: string): CapabilityError {
  return new CapabilityError("denied", `not allowed: ${why}`, `"http": {"allow": ["${origin}"]}`);
}

/** Codes of the system, Node and OpenSSL, and what they mean to whoever called. */
const MEANINGS: readonly (readonly [RegExp, CapabilityErrorCode, string])[] = [
  [/^(ENOTFOUND|EAI_|ENODATA)/, "unreachable", "its name is not known"],
  [/^ECONNREFUSED$/, "unreachable", "it refused the connection"],
  [
    /^(ECONNRESET|EPIPE|ECONNABORTED|ERR_STREAM_PREMATURE_CLOSE)$/,
    "unreachable",
    "it broke the connection off",
  ],
  [/^(EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|ENETDOWN|EHOSTDOWN)$/, "unreachable", "no way leads to it"],
  [/^(ETIMEDOUT|ESOCKETTIMEDOUT|ERR_SOCKET_CONNECTION_TIMEOUT)$/, "timeout", "it did not answer in time"],
  [
    /^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_TLS_CERT|ERR_TLS|ERR_SSL|EPROTO)/,
    "unreachable",
    "its certificate or encryption is not acceptable",
  ],
  [/^(EMFILE|ENFILE|EAGAIN|ENOBUFS)$/, "busy", "the device has no connection left"],
];

/**
 * The capability's error for whatever Deno or Node gave.
 *
 * @param where the origin that was called
 */
export function egressError(error: unknown, where: string): CapabilityError {
  if (error instanceof CapabilityError) return error;
  const { code = "", name = "", message = "" } = error as { code?: string; name?: string; message?: string };
  // Deno's own wall: the host process has less than the grant, or this capability has a bug.
  if (name === "NotCapable" || code === "EPERM" || code === "EACCES") {
    return denied(`the host's own Deno permissions do not hold ${where}`, where);
  }
  const meaning = MEANINGS.find(([pattern]) => pattern.test(code));
  if (meaning) return new CapabilityError(meaning[1], `cannot call ${where}: ${meaning[2]}`);
  if (/certificate|tls|ssl|handshake/i.test(message)) {
    return new CapabilityError(
      "unreachable",
      `cannot call ${where}: its certificate or encryption is not acceptable`,
    );
  }
  return new CapabilityError(
    "unreachable",
    `cannot call ${where}: the exchange failed${/^[A-Z_]{3,40}$/.test(code) ? ` (${code})` : ""}`,
  );
}
