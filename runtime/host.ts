/** A host: images, services and their state, behind one `fetch`. There is no global state: two can live in a process. */
import { join } from "node:path";
import { hostname } from "node:os";
import type { Hono } from "hono";
import { CONVENTIONS, HOST_FUNCTIONS } from "../abi/registry.ts";
import type { Authenticator, Caller } from "./caller.ts";
import {
  type Deployment,
  deploymentOf,
  type DeployOptions,
  missingPermission,
  planDeployment,
  STEERING,
} from "./deployment.ts";
import { BerthError } from "./error.ts";
import { openKeyFile } from "./key_file.ts";
import type { LimitName, Limits } from "./limits.ts";
import { limitsInForce } from "./limits_in_force.ts";
import { ServiceLog } from "./log.ts";
import { Modules } from "./modules.ts";
import { RouteTable } from "./routes.ts";
import type { ServerEnv } from "./server/access.ts";
import { createApp } from "./server/app.ts";
import { problemResponse } from "./server/problem.ts";
import { Service } from "./service.ts";
import {
  type ImageRecord,
  openStore,
  type ServiceInput,
  type ServiceRecord,
  type Store,
} from "./store/store.ts";
import { readImage } from "./unit/image.ts";
import { VERSION } from "./version.ts";

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
  /** Proves callers of the management API; by default the API key in the data folder. */
  readonly authenticator?: Authenticator;
}

const IDLE_DEFAULT_MS = 600_000;
const LOG_FILE_MAX_BYTES = 4 << 20;
const LOG_LINES_MAX_COUNT = 2_000;
const DRAIN_MS = 10_000;

/** A running host. */
export class Host implements AsyncDisposable {
  /** The Hono app; mount it in another one, or serve it. */
  readonly app: Hono<ServerEnv>;
  readonly limits: Limits;
  /** Where clients reach it, for the addresses in replies: `http://127.0.0.1:8083`. */
  origin: string;

  readonly #services = new Map<string, Service>();
  readonly #routes = new RouteTable<Service>();
  readonly #modules: Modules;
  readonly #requestPrefix = crypto.randomUUID().slice(0, 8);
  readonly #startedMs = Date.now();
  #requests = 0;
  #changes: Promise<unknown> = Promise.resolve();
  #closed = false;

  private constructor(
    private readonly options: HostOptions,
    private readonly store: Store,
    private readonly authenticator: Authenticator,
  ) {
    this.limits = limitsInForce(options.limits ?? {});
    this.origin = `http://127.0.0.1:${options.httpPort ?? 8083}`;
    this.#modules = new Modules(store);
    this.app = createApp(this);
  }

  /** Opens the data folder and brings every deployed service back. */
  static async open(options: HostOptions): Promise<Host> {
    const store = openStore(options.dataFolder);
    const authenticator = options.authenticator ?? await openKeyFile(join(options.dataFolder, "api-key"));
    const host = new Host(options, store, authenticator);
    for (const record of store.services.list()) host.#bringBack(record);
    return host;
  }

  // Requests

  /** Answers a request, as `Deno.serve` gives it. */
  readonly fetch = (request: Request, info?: ServerEnv["Bindings"]): Response | Promise<Response> =>
    this.app.fetch(request, info);

  /** Answers a request to a service. */
  async serve(request: Request): Promise<Response> {
    const requestId = `${this.#requestPrefix}-${(++this.#requests).toString(36)}`;
    try {
      const { url } = request;
      const pathAt = url.indexOf("/", url.indexOf("//") + 2);
      const queryAt = url.indexOf("?", pathAt);
      const path = url.slice(pathAt, queryAt < 0 ? undefined : queryAt);
      const match = this.#routes.match(path);
      if (!match) throw new BerthError("route-unknown", `nothing answers at ${path}`);
      const below = queryAt < 0 ? match.rest : match.rest + url.slice(queryAt);
      return await match.target.fetch(request, below, requestId);
    } catch (error) {
      return problemResponse(error, requestId);
    }
  }

  /** Proves who calls the management API. */
  authenticate(headers: Headers, remoteAddress: string): Promise<Caller> {
    return this.authenticator.authenticate(headers, remoteAddress);
  }

  // Images

  /** A client's images. */
  images(clientId: string): readonly ImageRecord[] {
    return this.store.images.list(clientId);
  }

  /** A client's image by its id or name. */
  image(idOrName: string, clientId: string): ImageRecord {
    const found = this.#imageOf(idOrName, clientId);
    if (found) return found;
    throw new BerthError("image-not-found", `cannot find image with name ${JSON.stringify(idOrName)}`);
  }

  #imageOf(idOrName: string, clientId: string): ImageRecord | undefined {
    const known = this.store.images.get(idOrName);
    return known?.clientId === clientId ? known : this.store.images.find(clientId, idOrName);
  }

  /** Reads, checks and stores a tar. */
  async addImage(tar: ReadableStream<Uint8Array> | Uint8Array, clientId: string): Promise<ImageRecord> {
    await using image = await readImage(tar, this.limits, {
      folder: this.store.images.folder,
      offer: { functions: HOST_FUNCTIONS, conventions: CONVENTIONS },
    });
    return await this.store.images.add(image, clientId);
  }

  /** Removes an image that no service uses. */
  removeImage(idOrName: string, clientId: string): Promise<ImageRecord> {
    return this.#change(() => {
      const image = this.#imageOf(idOrName, clientId);
      if (!image) throw new BerthError("image-not-found", `image cannot be found: ${JSON.stringify(idOrName)}`);
      const user = this.store.services.list(clientId).find(({ imageId }) => imageId === image.id);
      if (user) throw new BerthError("image-in-use", `the image is used by the service ${user.id}`);
      this.store.images.remove(image.id);
      return image;
    });
  }

  // Services

  /** A client's services. */
  services(clientId: string): readonly Service[] {
    return [...this.#services.values()].filter(({ deployment }) => deployment.record.clientId === clientId);
  }

  /** A client's service by id or name. */
  service(idOrName: string, clientId: string): Service {
    const service = this.#services.get(idOrName) ?? this.#services.get(`${clientId}-${idOrName}`);
    if (service?.deployment.record.clientId === clientId) return service;
    throw new BerthError("service-not-found", `there is no service ${JSON.stringify(idOrName)}`);
  }

  /** Stores a tar and puts it to work, in one step. */
  async deploy(tar: ReadableStream<Uint8Array> | Uint8Array, options: DeployOptions): Promise<Service> {
    return await this.createService(await this.addImage(tar, options.clientId), options);
  }

  /** Puts a stored image to work; a service of the same name is replaced once the new one has started. */
  createService(image: ImageRecord, options: DeployOptions): Promise<Service> {
    return this.#change(async () => {
      const input = planDeployment(image, options);
      const tried = this.#makeService(this.#trial(input, image));
      const { id } = tried.deployment.record;
      try {
        this.#checkPaths(tried.deployment);
        this.#checkCeiling(tried.deployment);
        await tried.start();
        this.store.services.put(input);
      } catch (error) {
        await tried.stop(0);
        this.store.services.discard(id);
        throw error;
      }
      const before = this.#services.get(id);
      if (before) this.#uninstall(before);
      this.#install(tried);
      before?.stop(DRAIN_MS);
      return tried;
    });
  }

  /** The deployment as it will be once it is put. */
  #trial(input: ServiceInput, { manifest }: ImageRecord): Deployment {
    const id = `${input.clientId}-${input.name}`;
    const before = this.store.services.get(id);
    const now = Date.now();
    const record: ServiceRecord = {
      ...input,
      id,
      state: "started",
      stateReason: "",
      revision: (before?.revision ?? 0) + 1,
      createdMs: before?.createdMs ?? now,
      updatedMs: now,
    };
    return deploymentOf(record, manifest, this.limits);
  }

  #checkCeiling({ record }: Deployment): void {
    const flag = missingPermission(record.grants, this.store.place(record.id, record.imageDigest));
    if (flag) {
      throw new BerthError("grant-above-ceiling", `the grant needs the host to run with ${flag}`, { flag });
    }
  }

  /** Stops a service and removes what it kept. */
  remove(id: string): Promise<void> {
    return this.#change(async () => {
      const service = this.#services.get(id);
      if (!service) throw new BerthError("service-not-found", `there is no service ${JSON.stringify(id)}`);
      this.store.services.remove(id);
      this.#uninstall(service);
      await service.stop(DRAIN_MS);
      this.store.services.discard(id);
    });
  }

  /** What the preparation of a service's module did. */
  preparation({ deployment }: Service): unknown {
    return this.#modules.report(deployment.record.imageDigest, deployment.limits);
  }

  /** Changes happen one after the other: two deploys at once are two deploys in a row. */
  #change<T>(action: () => T | Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(new BerthError("host-closed", "the host is stopping"));
    const run = this.#changes.then(action, action);
    this.#changes = run.catch(() => {});
    return run;
  }

  /** A service of an earlier run of the host; it sleeps until its first request. */
  #bringBack(record: ServiceRecord): void {
    const image = this.store.images.get(record.imageDigest);
    if (!image) return;
    this.#install(this.#makeService(deploymentOf(record, image.manifest, this.limits)));
  }

  #makeService(deployment: Deployment): Service {
    const { id, imageDigest } = deployment.record;
    return new Service(deployment, {
      facts: { httpPort: this.options.httpPort ?? 8083, nodeId: this.#nodeId(), accountId: "" },
      place: this.store.place(id, imageDigest),
      log: new ServiceLog({
        folder: this.store.services.logsFolder(id),
        fileMaxBytes: LOG_FILE_MAX_BYTES,
        linesMaxCount: LOG_LINES_MAX_COUNT,
      }),
      idleMs: this.options.idleMs ?? IDLE_DEFAULT_MS,
      load: () => this.#modules.load(imageDigest, deployment.limits),
    });
  }

  #paths({ address, record }: Deployment): string[] {
    const alias = record.env[STEERING.alias] === "true" ? [`/api${record.basePath}`] : [];
    return [...new Set([address, ...alias])];
  }

  #checkPaths(deployment: Deployment): void {
    for (const path of this.#paths(deployment)) {
      const other = this.#routes.get(path)?.deployment.record.id;
      if (other !== undefined && other !== deployment.record.id) {
        throw new BerthError("path-taken", `the path ${path} belongs to the service ${other}`, { path });
      }
    }
  }

  #install(service: Service): void {
    this.#services.set(service.deployment.record.id, service);
    for (const path of this.#paths(service.deployment)) this.#routes.set(path, service);
  }

  #uninstall(service: Service): void {
    this.#services.delete(service.deployment.record.id);
    for (const path of this.#paths(service.deployment)) this.#routes.delete(path);
  }

  // About itself

  #nodeId(): string {
    const known = this.store.settings.get("nodeId");
    if (known) return known;
    const made = crypto.randomUUID().replaceAll("-", "");
    this.store.settings.set("nodeId", made);
    return made;
  }

  /** What mimOE's `getMe` answers. */
  me() {
    const linkLocal =
      Deno.permissions.querySync({ name: "sys", kind: "networkInterfaces" }).state === "granted"
        ? Deno.networkInterfaces().find(({ family, address }) =>
          family === "IPv4" && !address.startsWith("127.")
        )?.address
        : undefined;
    return {
      nodeId: this.#nodeId(),
      accountId: "",
      nodeName: hostname(),
      version: VERSION,
      linkLocalIp: linkLocal ?? "127.0.0.1",
    };
  }

  /** Whether it works. */
  health() {
    const states = [...this.#services.values()].map((service) => service.state);
    return {
      status: "ok",
      services: states.length,
      failing: states.filter((state) => state === "failing").length,
    };
  }

  /** What an operator wants to know of the host. */
  describe() {
    return {
      ...this.me(),
      deno: Deno.version.deno,
      upMs: Date.now() - this.#startedMs,
      memory: Deno.memoryUsage(),
      ...this.health(),
    };
  }

  /** Stops taking changes, lets requests end, closes everything. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#changes;
    await Promise.all([...this.#services.values()].map((service) => service.stop(DRAIN_MS)));
    this.store[Symbol.dispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** Opens a host. */
export function createHost(options: HostOptions): Promise<Host> {
  return Host.open(options);
}
