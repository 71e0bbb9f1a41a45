/** What a guest with the `http` capability holds. */
import type { OpenedCapability } from "../capability.ts";

/** One outbound request. */
export interface EgressRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array | ReadableStream<Uint8Array> | null;
  /** Aborts with the request that it belongs to. */
  readonly signal: AbortSignal;
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
  /** The body as it comes; reading past `egressResponseMaxBytes` errors with `too-large`. */
  readonly body: ReadableStream<Uint8Array>;
  /** The whole body, bounded. */
  bytes(): Promise<Uint8Array>;
}

/** Outbound HTTP within the allow list. Every failure is a `CapabilityError`. */
export interface Http extends OpenedCapability {
  fetch(request: EgressRequest): Promise<EgressResponse>;
}
