/** A host: images, services and their state, behind one `fetch`. There is no global state: two can live in a process. */
import { join } from "node:path";
import type { Hono } from "hono";
import type { Fakes } from "../capabilities/fake.ts";
import type { PendingApproval } from "./approvals.ts";
import { openAuth } from "./auth/auth.ts";
import { FileKeyStore } from "./auth/key_store.ts";
import type { TokenIssuer } from "./auth/tokens.ts";
import type { TrustedKey } from "./auth/signatures.ts";
import type { Authenticator, Caller } from "./caller.ts";
import { compactWhenQuiet } from "./compaction.ts";
import type { DeployOptions } from "./deployment.ts";
import { type DeviceFacts, deviceFacts, type HostFigures } from "./device_facts.ts";
import { BerthError } from "./error.ts";
import { asBerthError } from "./errors.ts";
import type { Management } from "./management.ts";
import { loadApp, loadManagement, mayLoadLater } from "./management_door.ts";
import type { Neighbour } from "./neighbour.ts";
import type { LimitName, Limits } from "./limits.ts";
import { limitsInForce } from "./limits_in_force.ts";
import { type Keyring, Operators } from "./operators.ts";
import { checkSigners, type Policy } from "./policy.ts";
import { Registry } from "./registry.ts";
import type { Revocation, Revoked } from "./revocation.ts";
import type { RouteMatch } from "./routes.ts";
import type { ServerEnv } from "./server/access.ts";
import { isReserved } from "./reserved.ts";
import { problemResponse } from "./server/problem.ts";
import type { Service } from "./service.ts";
import type { Sockets } from "./sockets.ts";
import { openStore, type ServiceRecord, type Store, type StoreProblem } from "./store/store.ts";
import type { Telemetry } from "./telemetry.ts";
import { Trust } from "./trust.ts";
import { requestIdOf } from "./worker/protocol.ts";
import { requireWorkerOptions } from "./worker_options.ts";

/** An image as a client uploaded it. */
export type { ImageRecord } from "./store/store.ts";

/** How a host is made. */
export interface HostOptions {
  /** Where everything is kept; made when it does not exist. */
  readonly dataFolder: string;
  /** The port that services are told; the embedding application's when it serves the app itself. */
  readonly httpPort?: number;
  /** Limits in place of the defaults, at most their ceilings. */
  readonly limits?: Partial<Record<LimitName, number>>;
  /** Services without a request for so long are put to sleep (ms); 0 keeps them awake. Default ten minutes. */
  readonly idleMs?: number;
  /** Told of faults of Berth's own (code `internal`), with their stack; by default they go to standard error. */
  readonly onFault?: (error: BerthError, requestId: string) => void;
  /** Whose tokens are accepted beside the API keys. */
  readonly issuers?: readonly TokenIssuer[];
  /** Proves callers of the management API; by default the API keys of the data folder, and the issuers' tokens. */
  readonly authenticator?: Authenticator;
  /** Signers of images; when given, images that none of them signed are refused. */
  readonly trustedKeys?: readonly TrustedKey[];
  /** What is granted without asking. */
  readonly policy?: Policy;
  /** Nothing but this host runs in the process: its garbage is collected (25 ms) while the host has nothing to do. */
  readonly ownProcess?: boolean;
  /** @internal What stands in place of the world: for `berth test`. */
  readonly fakes?: Fakes;
}

const IDLE_DEFAULT_MS = 600_000;
const PORT_DEFAULT = 8083;
/** How long requests have to end when the host stops. */
const CLOSE_GRACE_MS = 10_000;

/** A running host. */
export class Host implements AsyncDisposable {
  /** @internal The limits in force. */
  readonly limits: Limits;
  /** @internal Who manages it. */
  readonly operators: Operators;
  /** Where clients reach it, for the addresses in replies: `http://127.0.0.1:8083`. */
  origin: string;
  /** Other hosts on the local network; whoever runs discovery sets it. */
  neighbours: () => readonly Neighbour[] = () => [];

  readonly #registry: Registry;
  readonly #trust: Trust;
  #management: Promise<Management> | null = null;
  #app: Promise<Hono<ServerEnv>> | null = null;
  readonly #requestPrefix = crypto.randomUUID().slice(0, 8);
  readonly #startedMs = performance.now(); // a clock that does not jump
  readonly #stopping = new AbortController();
  readonly #endCompaction: () => void;
  #requests = 0;

  private constructor(
    private readonly options: HostOptions,
    private readonly store: Store,
    authenticator: Authenticator,
    keyring: Keyring | null,
  ) {
    const httpPort = options.httpPort ?? PORT_DEFAULT;
    this.limits = limitsInForce(options.limits ?? {});
    this.operators = new Operators(authenticator, keyring, store, (error) => this.report(error));
    checkSigners(options.policy ?? null, options.trustedKeys ?? null);
    this.#trust = new Trust(store, options.trustedKeys ?? null);
    this.origin = `http://127.0.0.1:${httpPort}`;
    this.#registry = new Registry(store, {
      limits: this.limits,
      httpPort,
      idleMs: options.idleMs ?? IDLE_DEFAULT_MS,
      requestPrefix: this.#requestPrefix,
      problem: (error, requestId) => this.#problem(error, requestId),
      number: () => this.#number(),
      mayLoad: (digest) => this.#trust.checkStored(digest),
      ...(options.fakes ? { fakes: options.fakes } : {}),
    });
    const look = () => ({ requests: this.#requests, workers: this.#registry.workers });
    this.#endCompaction = options.ownProcess ? compactWhenQuiet(look) : () => {};
  }

  /** Opens the data folder and brings every deployed service back. */
  static async open(options: HostOptions): Promise<Host> {
    const store = await openStore(options.dataFolder);
    try {
      const host = options.authenticator
        ? new Host(options, store, options.authenticator, null)
        : await Host.#withKeys(options, store);
      for (const record of store.services.list()) host.#registry.bringBack(record);
      // Told now, not when the first deployment comes.
      if (!mayLoadLater()) await Promise.all([host.app(), host.manage()]);
      return host;
    } catch (error) {
      store.close();
      throw error;
    }
  }

  static async #withKeys(options: HostOptions, store: Store): Promise<Host> {
    const keys = new FileKeyStore(join(options.dataFolder, "keys.json"));
    const keyFile = join(options.dataFolder, "api-key");
    const auth = await openAuth({ keys, keyFile, issuers: options.issuers ?? [] });
    return new Host(options, store, auth, { store: keys, firstKeyFile: keyFile });
  }

  // Requests

  /**
   * Answers a request, as `Deno.serve` gives it. What belongs to the host goes through the Hono app; a request to a
   * service, which the app would only hand on, goes there at once (see RATIONALE.md).
   */
  readonly fetch = (request: Request, info?: ServerEnv["Bindings"]): Response | Promise<Response> =>
    isReserved(request.url) ? this.#tell(request, info) : this.serve(request);

  async #tell(request: Request, info: ServerEnv["Bindings"] | undefined): Promise<Response> {
    try {
      return await (await this.app()).fetch(request, info);
    } catch (error) {
      this.report(error); // it could not be loaded: the app answers errors of its own
      return problemResponse(error);
    }
  }

  /** @internal The Hono app; mount it in another one, or serve it. Loaded when it is first wanted. */
  app(): Promise<Hono<ServerEnv>> {
    return this.#app ??= loadApp().then(({ createApp }) => createApp(this)).catch((error) => {
      this.#app = null; // the next one tries again
      throw error;
    });
  }

  /** @internal What changes and operators need. Loaded when it is first wanted. */
  manage(): Promise<Management> {
    return this.#management ??= this.#loadManagement().catch((error) => {
      this.#management = null;
      throw error;
    });
  }

  async #loadManagement(): Promise<Management> {
    const { Management } = await loadManagement();
    const { store } = this;
    const policy = this.options.policy ?? null;
    const management = new Management({
      host: this,
      store,
      registry: this.#registry,
      trust: this.#trust,
      policy,
    });
    if (this.#closing) await management.rollouts.close();
    return management;
  }

  /** Answers a request to a service. */
  serve(request: Request): Response | Promise<Response> {
    const { url } = request;
    const pathAt = url.indexOf("/", url.indexOf("//") + 2);
    const number = this.#number();
    const match = this.#registry.match(url, pathAt);
    if (!match) return this.#unknown(url.slice(pathAt), number);
    const { target, rest } = match;
    const { telemetry } = this.#registry;
    return telemetry === null
      ? target.fetch(request, rest, number)
      : this.#traced(telemetry, request, target, rest, number);
  }

  #unknown(pathAndQuery: string, number: number): Response {
    const error = new BerthError("route-unknown", `nothing answers at ${pathAndQuery.split("?", 1)[0]}`);
    return this.#problem(error, requestIdOf(this.#requestPrefix, number));
  }

  /** Apart, for a function that makes closures pays for them each time, whether it comes to them or not. */
  #traced(telemetry: Telemetry, request: Request, service: Service, rest: string, number: number) {
    const id = requestIdOf(this.#requestPrefix, number);
    return telemetry.around(request, service, "client", id, (traced) => service.fetch(traced, rest, number));
  }

  #number(): number {
    return this.#requests = (this.#requests + 1) >>> 0;
  }

  /** @internal The service that answers at a path, and the rest of the path. */
  serviceAt(path: string): RouteMatch<Service> | null {
    return this.#registry.match(path);
  }

  /** @internal The WebSocket connections of all services. */
  get sockets(): Sockets {
    return this.#registry.sockets;
  }

  #problem(error: BerthError, requestId: string): Response {
    this.report(error, requestId);
    return problemResponse(error, requestId);
  }

  /** Tells the operator of a fault of ours; expected errors are the caller's. */
  report(thrown: unknown, requestId = ""): void {
    const error = asBerthError(thrown);
    if (error.code !== "internal") return;
    if (this.options.onFault) this.options.onFault(error, requestId);
    else console.error(`berth: fault${requestId ? ` in request ${requestId}` : ""}: ${error.message}`);
  }

  // Services

  /** A client's services. */
  services(clientId: string): readonly Service[] {
    return this.#registry.all().filter(({ deployment }) => deployment.record.clientId === clientId);
  }

  /** @internal The services that a caller may see as an operator: all for the scope `admin`, else those of its client. */
  visibleServices({ clientId, scopes }: Caller): readonly Service[] {
    return scopes.includes("admin") ? this.#registry.all() : this.services(clientId);
  }

  /** A client's service by id or name. */
  service(idOrName: string, clientId: string): Service {
    const service = this.#registry.get(idOrName) ?? this.#registry.get(`${clientId}-${idOrName}`);
    if (service?.deployment.record.clientId === clientId) return service;
    throw new BerthError("service-not-found", `there is no service ${JSON.stringify(idOrName)}`);
  }

  /** Stores a tar and puts it to work, in one step. */
  async deploy(
    tar: ReadableStream<Uint8Array> | Uint8Array,
    options: DeployOptions,
  ): Promise<Service | PendingApproval> {
    return await (await this.manage()).deploy(tar, options);
  }

  /** Grants what a deployment waits for, and carries it out. */
  async approve(id: string): Promise<Service> {
    return await (await this.manage()).rollouts.approve(id);
  }

  /**
   * Takes a grant back, at once and for good: from the next request on the service runs without it, and no way back
   * to an earlier deployment gives it again. That it does not work without it is told, and changes nothing.
   */
  async revoke(id: string, revocation: Revocation): Promise<Revoked> {
    return await (await this.manage()).rollouts.revoke(id, revocation);
  }

  /** Goes back to an earlier deployment of a service, with the grants that it held. */
  async rollBack(id: string, revision?: number): Promise<Service> {
    return await (await this.manage()).rollouts.rollBack(id, revision);
  }

  /** Stops a service and removes what it kept. */
  async remove(id: string): Promise<void> {
    return await (await this.manage()).rollouts.remove(id);
  }

  /** @internal Earlier deployments of a service, the latest first. */
  history(id: string): readonly ServiceRecord[] {
    return this.store.services.history(id);
  }

  /** The version of a stored image; "" when it is gone. */
  versionOf(digest: string): string {
    return this.store.images.get(digest)?.version ?? "";
  }

  /** The OpenAPI document that a service brings, as it was packed. */
  async openApiOf({ deployment: { record, manifest } }: Service): Promise<Uint8Array<ArrayBuffer>> {
    const folder = this.store.images.assetsFolder(record.imageDigest);
    if (manifest.openapi === null || folder === null) {
      throw new BerthError("openapi-missing", `the service ${record.id} brings no OpenAPI document`);
    }
    return await Deno.readFile(join(folder, manifest.openapi));
  }

  // About itself

  /** @internal What mimOE's `getMe` answers. */
  me(): DeviceFacts {
    return deviceFacts(this.#registry.nodeId);
  }

  /** What was found wrong when it was opened; the rest works. */
  get problems(): readonly StoreProblem[] {
    return this.store.problems;
  }

  /** @internal Whether it works. */
  health(): { status: string; services: number; failing: number } {
    const states = this.#registry.all().map((service) => service.state);
    return {
      status: "ok",
      services: states.length,
      failing: states.filter((state) => state === "failing").length,
    };
  }

  /** Whether it takes requests. */
  readiness(): { readonly ready: boolean; readonly reason: string } {
    return this.#stopping.signal.aborted
      ? { ready: false, reason: "the host is stopping" }
      : { ready: true, reason: "" };
  }

  /** How long it is open (ms). */
  get upMs(): number {
    return performance.now() - this.#startedMs;
  }

  /** @internal What an operator wants to know of the host. */
  describe(): DeviceFacts & ReturnType<Host["health"]> & HostFigures {
    return {
      ...this.me(),
      deno: Deno.version.deno,
      upMs: this.upMs,
      memory: Deno.memoryUsage(),
      ...this.health(),
    };
  }

  /** Aborted when the host begins to stop: streams without an end are to end then. */
  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  /** Says that the host will stop: it is not ready any more, and streams and connections without an end are told. */
  beginStop(): void {
    this.#stopping.abort();
    this.sockets.close();
  }

  /** Stops taking changes, gives requests `graceMs` to end, closes everything. */
  close(graceMs = CLOSE_GRACE_MS): Promise<void> {
    this.#closing ??= this.#close(graceMs);
    return this.#closing;
  }

  #closing: Promise<void> | null = null;
  #closed = false;
  /** @internal Whether nothing of it works any more: a server may outlive its host. */
  get closed(): boolean {
    return this.#closed;
  }
  async #close(graceMs: number): Promise<void> {
    this.beginStop();
    this.#endCompaction();
    const management = await this.#management?.catch(() => null); // whoever wanted it was told
    await management?.rollouts.close();
    await this.#registry.close(graceMs);
    this.store[Symbol.dispose]();
    this.#closed = true;
  }

  /** Closes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** Opens a host; `worker-options-missing` is thrown when it is known that Deno would end the process later. */
export async function createHost(options: HostOptions): Promise<Host> {
  requireWorkerOptions();
  return await Host.open(options);
}
