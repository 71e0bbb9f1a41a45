/** Outbound HTTP for tests: the grant, the checks and the redirects are real, the other side is not. */
import type { CancelSignal } from "../cancel.ts";
import type { OpenContext } from "../capability.ts";
import { CapabilityError } from "../error.ts";
import type { FakedAnswer } from "../fake.ts";
import { originOf, patternsOf } from "./allow.ts";
import { aborted, checkAllowed, firstHop, type Hop, nextHop, REDIRECTS } from "./exchange.ts";
import type { EgressRequest, EgressResponse, Http, HttpGrant } from "./http.ts";

/** Answers a call, or throws a `CapabilityError`. */
export type FakedNetwork = (
  method: string,
  url: string,
  headers: readonly (readonly [string, string])[],
  body: Uint8Array,
) => Exclude<FakedAnswer, { error: unknown }>;

/** Opens it. */
export function openFakeHttp(grant: HttpGrant, context: OpenContext, network: FakedNetwork): Http {
  const { limits, place } = context;
  const patterns = patternsOf(grant.allow, place.selfOrigin);
  const ask = async (hop: Hop, signal: CancelSignal) => {
    checkAllowed(hop.target, patterns);
    const body = hop.body === null ? new Uint8Array(0) : await new Response(hop.body as BodyInit).bytes();
    if (signal.aborted) throw aborted();
    const url = originOf(hop.target) + hop.target.path;
    const answer = network(hop.method, url, hop.headers, body);
    if (answer.body.length > limits.egressResponseMaxBytes) {
      throw new CapabilityError(
        "too-large",
        `the answer is longer than ${limits.egressResponseMaxBytes} bytes`,
      );
    }
    return { ...answer, url };
  };
  return {
    async fetch(request: EgressRequest): Promise<EgressResponse> {
      let hop = firstHop(request, limits);
      for (let hops = 0;; hops++) {
        const answer = await ask(hop, request.signal);
        const location = REDIRECTS.has(answer.status)
          ? answer.headers.find(([name]) => name === "location")?.[1]
          : undefined;
        if (location === undefined || request.redirects === "manual") return response(answer);
        if (hops >= limits.egressRedirectsMaxCount) {
          throw new CapabilityError("unreachable", `more than ${hops} redirects`);
        }
        hop = nextHop(hop, answer.status, location);
      }
    },
    usage: { requests: 0, denied: 0, sentBytes: 0, receivedBytes: 0, open: 0 },
    close() {},
  };
}

function response(
  { status, headers, body, url }: Exclude<FakedAnswer, { error: unknown }> & { readonly url: string },
): EgressResponse {
  return {
    status,
    headers,
    url,
    body: ReadableStream.from(body.length > 0 ? [body] : []),
    bytes: () => Promise.resolve(body),
  };
}
