/** Calls from one service to another on the same host: an internal request, no socket. */
import type { HostReply } from "../capabilities/capability.ts";
import { CapabilityError, type CapabilityErrorCode } from "../capabilities/error.ts";
import {
  allowsService,
  type ServiceAnswerHead,
  type ServiceCallHead,
  type ServicesGrant,
} from "../capabilities/services/services.ts";
import { BerthError } from "./error.ts";
import type { Service } from "./service.ts";
import type { WorkerCall } from "./worker/calls.ts";
import type { Telemetry } from "./telemetry.ts";
import { requestIdOf, requestMark } from "./worker/protocol.ts";

/** What calls need of the host. */
export interface PeerHost {
  /** A service by id. */
  get(id: string): Service | undefined;
  /** The number of the next request. */
  number(): number;
  /** Begins the ids of requests. */
  readonly requestPrefix: string;
  /** Where it is on, else `null`. */
  readonly telemetry: Telemetry | null;
}

/** Headers that belong to a connection, or that the host sets itself. */
const NOT_PASSED_ON = new Set([
  "connection",
  "content-length",
  "host",
  "keep-alive",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Carries a call of a service out; rejects with a `CapabilityError`. */
export async function callPeer(host: PeerHost, caller: Service, call: WorkerCall): Promise<HostReply> {
  const head = call.head as ServiceCallHead; // made by the worker's half of the capability
  const { record, limits } = caller.deployment;
  const failed = (code: CapabilityErrorCode, detail: string, line = "") =>
    new CapabilityError(code, `call the service ${JSON.stringify(head.service)}: ${detail}`, line);
  const grant = record.grants.services as ServicesGrant | undefined; // checked against its schema at deploy
  if (!grant || !allowsService(grant, head.service)) {
    const line = `"services": { "allow": [${JSON.stringify(head.service)}] }`;
    throw failed("denied", "the grant does not name it", line);
  }
  const depth = call.depth + 1;
  if (depth > limits.serviceCallDepthMaxCount) {
    throw failed("loop", `calls nest deeper than ${limits.serviceCallDepthMaxCount}`);
  }
  const callee = host.get(`${record.clientId}-${head.service}`);
  if (!callee) throw failed("unreachable", "there is no such service");
  const url = new URL(`http://service${head.path}`);
  const request = requestOf(head, call, failed);
  const number = host.number();
  const ask = (asked: Request) => callee.call(asked, url.pathname + url.search, number, requestMark(depth));
  const answer =
    await (host.telemetry === null
      ? ask(request)
      : host.telemetry.around(request, callee, "service", requestIdOf(host.requestPrefix, number), ask));
  if (answer instanceof BerthError) {
    throw failed(answer.code === "service-busy" ? "busy" : "unreachable", answer.detail);
  }
  const body = await readWhole(answer, limits.serviceCallMaxBytes, failed);
  const reply: ServiceAnswerHead = { status: answer.status, headers: [...answer.headers] };
  return { head: reply, body };
}

type Failed = (code: CapabilityErrorCode, detail: string) => CapabilityError;

function requestOf(
  { method, headers }: ServiceCallHead,
  { body, signal }: WorkerCall,
  failed: Failed,
): Request {
  try {
    const sent = new Headers(
      headers.filter(([name]) => !NOT_PASSED_ON.has(name.toLowerCase())).map((pair) =>
        [...pair] as [string, string]
      ),
    );
    if (body.length === 0) return new Request("http://service/", { method, headers: sent, signal });
    sent.set("content-length", String(body.length));
    return new Request("http://service/", { method, headers: sent, body, signal });
  } catch (error) {
    // A method or header that HTTP forbids, or a GET with a body.
    throw failed("invalid", (error as Error).message);
  }
}

async function readWhole({ body }: Response, maxBytes: number, failed: Failed): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const piece of body ?? []) {
      length += piece.length;
      if (length > maxBytes) throw failed("too-large", `its answer is over ${maxBytes} bytes`);
      pieces.push(piece);
    }
  } catch (error) {
    if (error instanceof CapabilityError) throw error;
    throw failed("unreachable", "it broke its answer off");
  }
  if (pieces.length === 1 && pieces[0]) return pieces[0];
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
