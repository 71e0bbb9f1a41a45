/** The worker's half of `services`: checks a call, counts it, has the host carry it. */
import { Cancellation, type CancelSignal } from "../cancel.ts";
import { CapabilityError } from "../error.ts";
import type { HostReply, OpenContext } from "../capability.ts";
import {
  allowsService,
  type ServiceAnswer,
  type ServiceAnswerHead,
  type ServiceCallHead,
  type ServiceRequest,
  type Services,
  type ServicesGrant,
} from "./services.ts";

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,32}$/;
// deno-lint-ignore no-control-regex -- what no URL on the wire can hold
const BAD_PATH = /[\x00-\x20\x7f#]|^(?!\/)/;

/** Opens the calls that the grant allows. */
export function openServices(grant: ServicesGrant, context: OpenContext): Services {
  return new HostServices(grant, context);
}

class HostServices implements Services {
  #underWay = 0;
  #closed = false;

  constructor(private readonly grant: ServicesGrant, private readonly context: OpenContext) {}

  async call(request: ServiceRequest): Promise<ServiceAnswer> {
    this.#check(request);
    this.#underWay++;
    try {
      const { timeoutMs = 0 } = request;
      return answerOf(await (timeoutMs > 0 ? this.#within(timeoutMs, request) : this.#ask(request)));
    } finally {
      this.#underWay--;
    }
  }

  async #within(timeoutMs: number, request: ServiceRequest): Promise<HostReply> {
    const over = new Cancellation();
    const cancel = () => over.abort();
    const timeout = setTimeout(cancel, timeoutMs);
    if (request.signal.aborted) cancel();
    request.signal.addEventListener("abort", cancel, { once: true });
    try {
      return await this.#ask(request, over);
    } catch (error) {
      if (!over.aborted || request.signal.aborted) throw error;
      throw new CapabilityError("timeout", `call ${request.service}: no answer within ${timeoutMs} ms`);
    } finally {
      clearTimeout(timeout);
      request.signal.removeEventListener("abort", cancel);
    }
  }

  #check({ service, path, method, headers, body }: ServiceRequest): void {
    const { limits } = this.context;
    const refuse = (code: "invalid" | "too-large" | "busy" | "closed", detail: string) => {
      throw new CapabilityError(code, `call the service ${JSON.stringify(service)}: ${detail}`);
    };
    if (this.#closed) refuse("closed", "the worker stops");
    if (!allowsService(this.grant, service)) {
      throw new CapabilityError(
        "denied",
        `call the service ${JSON.stringify(service)}: the grant does not name it`,
        `"services": { "allow": [${JSON.stringify(service)}] }`,
      );
    }
    if (!TOKEN.test(method)) refuse("invalid", `${JSON.stringify(method)} is no method of HTTP`);
    if (BAD_PATH.test(path)) refuse("invalid", "the path begins with a slash and holds no spaces and no #");
    if (path.length > limits.egressUrlMaxBytes) {
      refuse("too-large", `the path is over ${limits.egressUrlMaxBytes} bytes`);
    }
    if (headers.length > limits.egressHeadersMaxCount) {
      refuse("too-large", `it has more than ${limits.egressHeadersMaxCount} headers`);
    }
    const headerBytes = headers.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
    if (headerBytes > limits.egressHeadersMaxBytes) {
      refuse("too-large", `its headers are over ${limits.egressHeadersMaxBytes} bytes`);
    }
    if (body.length > limits.serviceCallMaxBytes) {
      refuse("too-large", `the body is over ${limits.serviceCallMaxBytes} bytes`);
    }
    if (this.#underWay >= limits.serviceCallsMaxCount) {
      refuse("busy", `${this.#underWay} calls are under way already`);
    }
  }

  #ask(request: ServiceRequest, signal: CancelSignal = request.signal): Promise<HostReply> {
    const { service, path, method, headers, body } = request;
    if (!this.context.callHost) throw new CapabilityError("unreachable", "call a service: there is no host");
    const head: ServiceCallHead = { service, path, method, headers };
    return this.context.callHost({ kind: "service", head, body, signal });
  }

  close(): void {
    this.#closed = true;
  }
}

function answerOf({ head, body }: HostReply): ServiceAnswer {
  const { status, headers } = head as ServiceAnswerHead; // made by the host for this kind of call
  return { status, headers, body };
}
