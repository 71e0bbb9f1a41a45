/** What a guest with the `http` capability holds. */
import type { CancelSignal } from "../cancel.ts";
import type { OpenedCapability } from "../capability.ts";

/** One outbound request. */
export interface EgressRequest {
  readonly method: string;
  /** Absolute, `http:` or `https:`, without user name or password. */
  readonly url: string;
  /**
   * What belongs to the connection (`connection`, `te`, `proxy-*` …) is refused; `host` and `content-length`
   * are allowed when they say what is. Without `accept-encoding` the answer is asked for compressed and comes
   * back decoded; with it the answer comes as it is.
   */
  readonly headers: readonly (readonly [string, string])[];
  /** A stream is sent as it comes; it cannot follow a redirect that keeps the method. */
  readonly body: Uint8Array | ReadableStream<Uint8Array> | null;
  /** Aborts with the request that it belongs to. */
  readonly signal: CancelSignal;
  /** At most the limit `egressMaxMs`, which holds when absent. */
  readonly timeoutMs?: number;
  /** `follow` (default) re-checks each hop; `manual` gives the 3xx answer itself. */
  readonly redirects?: "follow" | "manual";
}

/** The answer to an outbound request. */
export interface EgressResponse {
  readonly status: number;
  /** Lower-case names; a repeated header (`set-cookie`) repeats here. */
  readonly headers: readonly (readonly [string, string])[];
  /** The address of the last hop. */
  readonly url: string;
  /** The body as it comes; reading past `egressResponseMaxBytes` errors with `too-large`. Cancel it to let go. */
  readonly body: ReadableStream<Uint8Array>;
  /** The whole body, bounded; instead of `body`, not after it. */
  bytes(): Promise<Uint8Array>;
}

/** What a service has used since its worker started. */
export interface EgressUsage {
  readonly requests: number;
  /** Requests and hops that the grant did not allow. */
  readonly denied: number;
  readonly sentBytes: number;
  readonly receivedBytes: number;
  /** Requests under way. */
  readonly open: number;
}

/** What a grant of the capability says; complete, as stored. */
export interface HttpGrant {
  /** Patterns as `allow.ts` describes them. */
  readonly allow: readonly string[];
  /** Certificates (PEM) of authorities that are trusted instead of the usual ones. */
  readonly authorities: readonly string[];
}

/**
 * Outbound HTTP within the allow list. Every failure is a `CapabilityError`: `denied` (with the manifest line
 * that would allow it), `invalid` (a malformed request), `too-large`, `busy` (too many at once), `timeout`,
 * `aborted`, `unreachable` (no connection, a certificate that is not trusted, an answer that breaks off or is
 * not HTTP), `closed`.
 */
export interface Http extends OpenedCapability {
  fetch(request: EgressRequest): Promise<EgressResponse>;
  readonly usage: EgressUsage;
}
