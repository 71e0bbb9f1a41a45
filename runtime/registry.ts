/** The services that run on a host, where they answer, and their logs. */
import type { Fakes } from "../capabilities/fake.ts";
import type { FilesGrant } from "../capabilities/files/ask.ts";
import { type Deployment, deploymentOf, STEERING } from "./deployment.ts";
import { BerthError } from "./error.ts";
import type { Limits } from "./limits.ts";
import { ServiceLog } from "./log.ts";
import { Modules } from "./modules.ts";
import { callPeer } from "./peers.ts";
import type { Gate } from "./pool.ts";
import { type RouteMatch, RouteTable } from "./routes.ts";
import { secretNames } from "./secrets.ts";
import { Service } from "./service.ts";
import { Sockets } from "./sockets.ts";
import { Telemetry } from "./telemetry.ts";
import type { PrepareReport } from "./unit/prepare/mod.ts";
import { Turns } from "./turns.ts";
import type { ServiceRecord, Store } from "./store/store.ts";
import { VERSION } from "./version.ts";

const LOG_FILE_MAX_BYTES = 4 << 20;
const LOG_LINES_MAX_COUNT = 2_000;

/** What all services of a host have in common. */
export interface RegistryOptions {
  readonly limits: Limits;
  readonly httpPort: number;
  /** Services without a request for so long are put to sleep (ms); 0 keeps them awake. */
  readonly idleMs: number;
  /** What stands in place of the world, where services are tested. */
  readonly fakes?: Fakes;
  /** Begins the ids of requests. */
  readonly requestPrefix: string;
  /** The answer to a request that failed. */
  problem(error: BerthError, requestId: string): Response;
  /** The number of the next request. */
  number(): number;
  /** Throws when the host does not run this image. */
  mayLoad(digest: string): Promise<void>;
}

/** The services of a host. */
export class Registry {
  readonly #services = new Map<string, Service>();
  readonly #logs = new Map<string, ServiceLog>();
  readonly #routes = new RouteTable<Service>();
  readonly #modules: Modules;
  readonly #gate: Gate;
  readonly #turns = new Turns();
  readonly nodeId: string;
  /** Where Deno was told to collect it, else `null`. */
  readonly telemetry: Telemetry | null = Telemetry.open(VERSION, () => this.all());
  /** The WebSocket connections of all services. */
  readonly sockets: Sockets;

  constructor(private readonly store: Store, private readonly options: RegistryOptions) {
    this.#modules = new Modules(store);
    this.#gate = { open: 0, max: options.limits.suspendedCallsMaxCount };
    this.sockets = new Sockets(this);
    this.nodeId = nodeIdOf(store);
  }

  /** Brings a service of an earlier run of the host back; it sleeps until its first request. */
  bringBack(record: ServiceRecord): void {
    const image = this.store.images.get(record.imageDigest);
    if (image) this.install(this.make(deploymentOf(record, image.manifest, this.options.limits)));
  }

  /** All services. */
  all(): Service[] {
    return [...this.#services.values()];
  }

  /** See {@link RegistryOptions}. */
  number(): number {
    return this.options.number();
  }

  /** See {@link RegistryOptions}. */
  get requestPrefix(): string {
    return this.options.requestPrefix;
  }

  /** Workers of all services. */
  get workers(): number {
    return this.all().reduce((sum, { load }) => sum + load.workers, 0);
  }

  /** A service by id. */
  get(id: string): Service | undefined {
    return this.#services.get(id);
  }

  /** The service that answers at a path. */
  match(url: string, start = 0): RouteMatch<Service> | null {
    return this.#routes.match(url, start);
  }

  /** A service that is not yet reached; its folders are made. */
  make(deployment: Deployment): Service {
    const { id, imageDigest } = deployment.record;
    return new Service(deployment, {
      facts: { httpPort: this.options.httpPort, nodeId: this.nodeId, accountId: "" },
      place: this.store.place(id, imageDigest),
      log: this.#logOf(id),
      secrets: () => this.store.secrets.values(id, secretNames(deployment.record.grants)),
      idleMs: this.options.idleMs,
      ...(this.options.fakes ? { fakes: this.options.fakes } : {}),
      gate: this.#gate,
      turns: this.#turns,
      requestPrefix: this.options.requestPrefix,
      problem: this.options.problem,
      carryOut: (service, call) => {
        if (call.kind === "service") return callPeer(this, service, call);
        if (call.kind === "websocket") return this.sockets.order(service, call);
        const files = deployment.record.grants.files as FilesGrant | undefined; // checked against its schema at deploy
        const place = this.store.place(id, imageDigest);
        return import("./links.ts").then(({ carryLink }) => carryLink(files, place, call));
      },
      load: async () => {
        await this.options.mayLoad(imageDigest);
        return await this.#modules.load(imageDigest, deployment.limits);
      },
    });
  }

  /** One log for a service, whatever version of it writes. */
  #logOf(id: string): ServiceLog {
    const known = this.#logs.get(id);
    if (known) return known;
    const log = new ServiceLog({
      folder: this.store.services.logsFolder(id),
      fileMaxBytes: LOG_FILE_MAX_BYTES,
      linesMaxCount: LOG_LINES_MAX_COUNT,
      linesMaxBytes: LOG_FILE_MAX_BYTES,
    });
    this.#logs.set(id, log);
    return log;
  }

  /** From now on requests reach this service; gives the one that they reached before. */
  install(service: Service): Service | undefined {
    const before = this.#services.get(service.deployment.record.id);
    if (before) this.#takeOut(before);
    this.#services.set(service.deployment.record.id, service);
    for (const path of pathsOf(service.deployment)) this.#routes.set(path, service);
    this.sockets.changed(service.deployment.record.id);
    return before;
  }

  /** No more requests reach this service. */
  uninstall(service: Service): void {
    this.#takeOut(service);
    this.sockets.changed(service.deployment.record.id);
  }

  #takeOut(service: Service): void {
    this.#services.delete(service.deployment.record.id);
    for (const path of pathsOf(service.deployment)) this.#routes.delete(path);
  }

  /** Removes the folders of a service that is not on record, its log last. */
  async discard(id: string): Promise<void> {
    if (this.store.services.get(id)) return;
    await this.#logs.get(id)?.close();
    this.#logs.delete(id);
    this.store.services.discard(id);
  }

  /** Throws `path-taken` when another service answers where this one would. */
  checkPaths(deployment: Deployment): void {
    for (const path of pathsOf(deployment)) {
      const other = this.#routes.get(path)?.deployment.record.id;
      if (other !== undefined && other !== deployment.record.id) {
        throw new BerthError("path-taken", `the path ${path} belongs to the service ${other}`, { path });
      }
    }
  }

  /** What the preparation of a service's module did. */
  report({ deployment }: Service): Promise<PrepareReport> {
    return this.#modules.report(deployment.record.imageDigest, deployment.limits);
  }

  /** Stops all services, their requests having `graceMs` to end, and closes their logs. */
  async close(graceMs: number): Promise<void> {
    this.sockets.close();
    await Promise.all(this.all().map((service) => service.stop(graceMs)));
    await Promise.all([...this.#logs.values()].map((log) => log.close()));
  }
}

/** Where a deployment answers: its address, and the alias below `/api`. */
function pathsOf({ address, record }: Deployment): string[] {
  const alias = record.env[STEERING.alias] === "true" ? [`/api${record.basePath}`] : [];
  return [...new Set([address, ...alias])];
}

function nodeIdOf(store: Store): string {
  const known = store.setting("nodeId");
  if (known) return known;
  const made = crypto.randomUUID().replaceAll("-", "");
  store.setSetting("nodeId", made);
  return made;
}
