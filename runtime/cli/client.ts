/** A device's management API, as a client sees it: one method for each thing that can be asked. */
import type { Device } from "./device.ts";
import { CliError } from "./errors.ts";
import { multipart, type UploadProgress } from "./multipart.ts";
import type {
  Action,
  DeployRequest,
  Health,
  ImageSummary,
  KeyInfo,
  LimitRow,
  LogEntry,
  PendingDeployment,
  Revision,
  Revoked,
  SecretState,
  ServiceDetails,
  ServiceGrants,
  ServiceSummary,
} from "./api_types.ts";

/** What a device answers. */
/** What it is asked with, and what it answers. */
export type * from "./api_types.ts";

const secretPath = (id: string, name: string) =>
  `/berth/v1/services/${encodeURIComponent(id)}/secrets/${encodeURIComponent(name)}`;

const JSON_TYPE = { "content-type": "application/json" };

/** Talks to one device. Every method throws `CliError`: `host-unreachable`, `host-refused`, `host-unknown`. */
export class DeviceClient {
  constructor(readonly device: Device, private readonly signal?: AbortSignal) {}

  /** Whether it works; needs no key. */
  health(): Promise<Health> {
    return this.#json("GET", "/healthz");
  }

  /** About the host. */
  host(): Promise<Record<string, unknown>> {
    return this.#json("GET", "/berth/v1/host");
  }

  /** The limits that exist and their values in force. */
  limits(): Promise<{ table: Record<string, LimitRow>; inForce: Record<string, number> }> {
    return this.#json("GET", "/berth/v1/limits");
  }

  /** Writes a service's calls to the host into its log, or no more. */
  async trace(id: string, on: boolean): Promise<void> {
    await this.#json("PUT", `/berth/v1/services/${encodeURIComponent(id)}/trace`, JSON.stringify({ on }));
  }

  /** The services of this client. */
  async services(): Promise<readonly ServiceSummary[]> {
    const { services } = await this.#json<{ services: ServiceSummary[] }>("GET", "/berth/v1/services");
    return services;
  }

  /** One service, by id or name. */
  service(id: string): Promise<ServiceDetails> {
    return this.#json("GET", `/berth/v1/services/${encodeURIComponent(id)}`);
  }

  /** Stops and removes one, with what it stored. */
  remove(id: string): Promise<ServiceSummary> {
    return this.#json("DELETE", `/berth/v1/services/${encodeURIComponent(id)}`);
  }

  /** The images of this client. */
  async images(): Promise<readonly ImageSummary[]> {
    return (await this.#json<{ data: ImageSummary[] }>("GET", "/mcm/v1/images")).data;
  }

  /** Removes one that no service uses. */
  removeImage(idOrName: string): Promise<ImageSummary> {
    return this.#json("DELETE", `/mcm/v1/images/${encodeURIComponent(idOrName)}`);
  }

  /** What waits for the operator. */
  async approvals(): Promise<readonly Omit<PendingDeployment, "state">[]> {
    const { approvals } = await this.#json<{ approvals: PendingDeployment[] }>("GET", "/berth/v1/approvals");
    return approvals;
  }

  /** The device's keys; needs one of scope `admin`, as the next two. */
  async keys(): Promise<readonly KeyInfo[]> {
    return (await this.#json<{ keys: KeyInfo[] }>("GET", "/berth/v1/keys")).keys;
  }

  /** Makes a key; its text cannot be had again. */
  createKey(name: string, scopes: readonly string[]): Promise<KeyInfo & { readonly key: string }> {
    return this.#json("POST", "/berth/v1/keys", JSON.stringify({ name, scopes }), JSON_TYPE);
  }

  /** Takes a key back. */
  removeKey(name: string): Promise<unknown> {
    return this.#json("DELETE", `/berth/v1/keys/${encodeURIComponent(name)}`);
  }

  /** The whole host as a tar; needs the scope `admin`, as the next. */
  async backup(): Promise<ReadableStream<Uint8Array>> {
    return (await this.#fetch("GET", "/berth/v1/backup")).body ?? new ReadableStream();
  }

  /** What was done and refused, the latest first. */
  async actions(limit: number): Promise<readonly Action[]> {
    return (await this.#json<{ actions: Action[] }>("GET", `/berth/v1/audit?limit=${limit}`)).actions;
  }

  /** Puts an image to work in one step. */
  deploy(
    tar: Uint8Array,
    request: DeployRequest,
    progress?: UploadProgress,
  ): Promise<ServiceSummary | PendingDeployment> {
    const { body, type } = multipart({
      files: [{ field: "image", name: "image.tar", type: "application/x-tar", bytes: tar }],
      fields: { options: JSON.stringify(request) },
    }, progress);
    return this.#json("POST", "/berth/v1/deployments", body, { "content-type": type });
  }

  /** What a service holds and what waits; also of one that waits for its first approval. */
  grants(id: string): Promise<ServiceGrants> {
    return this.#json("GET", `/berth/v1/services/${encodeURIComponent(id)}/grants`);
  }

  /** Grants what waits, and starts it. */
  approve(id: string): Promise<ServiceSummary> {
    return this.#json("POST", `/berth/v1/services/${encodeURIComponent(id)}/approve`);
  }

  /** Refuses what waits; what runs goes on. */
  refuse(id: string): Promise<unknown> {
    return this.#json("DELETE", `/berth/v1/services/${encodeURIComponent(id)}/approval`);
  }

  /** Takes a capability back, or one line of it. */
  revoke(id: string, capability: string, allows?: string): Promise<Revoked> {
    const body = JSON.stringify({ capability, ...(allows === undefined ? {} : { allows }) });
    return this.#json("POST", `/berth/v1/services/${encodeURIComponent(id)}/revoke`, body, JSON_TYPE);
  }

  /** Names of a service's secrets; needs the scope `admin`, as the next two. */
  async secrets(id: string): Promise<readonly SecretState[]> {
    const path = `/berth/v1/services/${encodeURIComponent(id)}/secrets`;
    return (await this.#json<{ secrets: SecretState[] }>("GET", path)).secrets;
  }

  /** Sets one, whether the service is there yet or not. */
  setSecret(id: string, name: string, value: string): Promise<unknown> {
    return this.#json("PUT", secretPath(id, name), JSON.stringify({ value }), JSON_TYPE);
  }

  /** Takes one away. */
  removeSecret(id: string, name: string): Promise<unknown> {
    return this.#json("DELETE", secretPath(id, name));
  }

  /** The versions of a service, the present one first. */
  async history(id: string): Promise<readonly Revision[]> {
    const path = `/berth/v1/services/${encodeURIComponent(id)}/history`;
    return (await this.#json<{ history: Revision[] }>("GET", path)).history;
  }

  /** Goes back to an earlier version: the one before, or a revision of {@link history}. */
  rollback(id: string, revision?: number): Promise<ServiceSummary> {
    const body = JSON.stringify(revision === undefined ? {} : { revision });
    return this.#json("POST", `/berth/v1/services/${encodeURIComponent(id)}/rollback`, body, JSON_TYPE);
  }

  /** The last lines of a log, then new ones as they come when `follow`. */
  async *logs(id: string, options: { tail: number; follow: boolean }): AsyncGenerator<LogEntry> {
    const query = `tail=${options.tail}${options.follow ? "&follow=1" : ""}`;
    const response = await this.#fetch("GET", `/berth/v1/services/${encodeURIComponent(id)}/logs?${query}`);
    if (!response.body) return;
    let rest = "";
    for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + piece).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) if (line !== "") yield JSON.parse(line) as LogEntry;
    }
  }

  async #json<T>(
    method: string,
    path: string,
    body?: BodyInit | ReadableStream<Uint8Array>,
    headers: Record<string, string> = {},
  ): Promise<T> {
    const response = await this.#fetch(method, path, body, headers);
    const text = await response.text();
    try {
      return JSON.parse(text) as T; // the shape is the API's promise; what prints it takes absent fields
    } catch {
      throw new CliError(
        "host-unknown",
        `Asked ${this.device.origin}${path} and got something that is not JSON`,
      );
    }
  }

  async #fetch(
    method: string,
    path: string,
    body?: BodyInit | ReadableStream<Uint8Array>,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const { origin, key, clientId } = this.device;
    let response: Response;
    try {
      response = await fetch(origin + path, {
        method,
        redirect: "manual", // the key goes to this device and to no other
        headers: {
          ...headers,
          ...(key ? { authorization: `Bearer ${key}` } : {}),
          ...(clientId ? { "x-client-id": clientId } : {}),
        },
        ...(body === undefined ? {} : { body }),
        ...(this.signal ? { signal: this.signal } : {}),
      });
    } catch (error) {
      if (this.signal?.aborted) throw error;
      const why = reasonOf(error);
      throw new CliError(
        "host-unreachable",
        `Called ${origin} and got no answer`,
        nameUnknown(why) ? { fix: NAME_FIX } : / are blocked$/.test(why) ? { fix: PORT_FIX } : {},
        why,
        { cause: error },
      );
    }
    if (response.ok) return response;
    throw await refusal(response, this.device);
  }
}

/** Why a call failed: `fetch` says so in what it was caused by. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}

const PORT_FIX =
  "No web client calls that port, whoever listens there: give the host another one with --port.";

/** Whether it was the name that led nowhere, by the words of the system's resolver. */
function nameUnknown(why: string): boolean {
  return /failed to lookup address|dns error|name or service not known|nodename nor servname/i.test(why);
}

const NAME_FIX = "Nothing is known under this name: check it, or give the address; " +
  "`berth device ls` shows names that were given here, `berth devices` looks around.";

/** mimOE's shape of an error, `{message, error: {reason, fix}}`, in the terms of the other. */
function plainBody(body: Record<string, unknown>): Record<string, unknown> {
  const { error, message } = body;
  if (typeof error !== "object" || error === null) return body;
  const { reason, fix }: { reason?: unknown; fix?: unknown } = error;
  return { detail: message, code: reason, fix };
}

/** The device's own words, from either shape of error. */
async function refusal(response: Response, device: Device): Promise<CliError> {
  const text = await response.text();
  let body: Record<string, unknown> = {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) body = plainBody({ ...value });
  } catch {
    // a proxy's page, or nothing: the status has to do
  }
  const say = (name: string) => typeof body[name] === "string" ? body[name] : "";
  const detail = say("detail") || say("message") || `status ${response.status}`;
  const keyless = response.status === 401 || (response.status === 403 && !device.key);
  const fix = keyless && !device.key
    ? "Give the device's API key with --key or BERTH_API_KEY; it lies in the file api-key of its data folder."
    : say("fix");
  return new CliError("host-refused", `The device says: ${detail}`, {
    ...body,
    fix,
    status: response.status,
    code: say("code") || `http-${response.status}`,
  });
}
