/**
 * The WebSocket connections of all services of a host. They belong to a service, not to a version of it: each event is
 * a request of its own to whatever version runs then, so connections stay open through an update.
 */
import type { HostReply } from "../capabilities/capability.ts";
import { CapabilityError } from "../capabilities/error.ts";
import type { WebSocketDone, WebSocketGrant, WebSocketOrder } from "../capabilities/websocket/websocket.ts";
import { BerthError } from "./error.ts";
import type { Service } from "./service.ts";
import { CLOSE, Connection, gone, type SocketEvent, type SocketOwner } from "./socket.ts";
import { upgrade } from "./upgrade.ts";
import type { WorkerCall } from "./worker/calls.ts";
import { requestMark } from "./worker/protocol.ts";

/** What connections need of the host. */
export interface SocketHost {
  /** A service by id. */
  get(id: string): Service | undefined;
  /** The number of the next request. */
  number(): number;
}

const NOTHING = new Uint8Array(0);
const decoder = new TextDecoder();
/** Headers of the upgrade itself; the rest is the service's to read. */
const OF_THE_UPGRADE =
  /^(?:connection|upgrade|content-length|transfer-encoding|sec-websocket-(?:key|version|extensions)|x-berth-.*)$/;

/** See the file's comment. */
export class Sockets {
  readonly #services = new Map<string, Map<string, Connection>>();
  /** Kept while the service is on record, whoever is connected. */
  readonly #messages = new Map<string, MessageCounts>();
  #closing = false;

  constructor(private readonly host: SocketHost) {}

  /** How many connections a service has; those count that open or close. */
  count(id: string): number {
    return this.#services.get(id)?.size ?? 0;
  }

  /** Messages of a service's connections since the host was opened. */
  messages(id: string): Readonly<MessageCounts> {
    return this.#messages.get(id) ?? NONE;
  }

  #counts(id: string): MessageCounts {
    const known = this.#messages.get(id);
    if (known) return known;
    const counts = { ...NONE };
    this.#messages.set(id, counts);
    return counts;
  }

  /**
   * Answers a client that wants a connection: asks the service, then upgrades.
   * @param url path and query below the service's base path
   * @throws {BerthError} when the service may have none, or no more
   */
  async accept(request: Request, service: Service, url: string): Promise<Response> {
    const { id } = service.deployment.record;
    this.#check(request, service);
    const group = this.#services.get(id) ?? new Map<string, Connection>();
    this.#services.set(id, group);
    const owner: SocketOwner = {
      deliver: (connection, event) => this.#deliver(id, connection, event),
      ended: (connection) => this.#forget(id, connection),
    };
    const limits = () => (this.host.get(id) ?? service).deployment.limits;
    const connection = new Connection(url, limits, owner);
    group.set(connection.id, connection);
    try {
      const answer = await this.#ask(id, "websocket.open", url, openRequest(request, connection));
      if (answer instanceof BerthError) throw answer;
      if (answer.status < 300) return await this.#upgrade(request, service, connection, answer);
      this.#forget(id, connection);
      return answer;
    } catch (error) {
      this.#forget(id, connection);
      throw error;
    }
  }

  #check(request: Request, { deployment }: Service): void {
    const { record, limits } = deployment;
    const grant = record.grants.websocket as WebSocketGrant | undefined; // checked against its schema at deploy
    if (!grant) {
      throw new BerthError("websocket-denied", `the service ${record.id} accepts no WebSocket connections`);
    }
    const origin = request.headers.get("origin");
    if (origin !== null && grant.origins && !grant.origins.includes(origin)) {
      throw new BerthError("websocket-origin", `the service ${record.id} takes no connections of this page`);
    }
    if (this.#closing) throw new BerthError("host-closed", "the host is stopping");
    if (this.count(record.id) < limits.websocketConnectionsMaxCount) return;
    throw new BerthError(
      "websocket-full",
      `the service ${record.id} has all the connections that it may have`,
      {
        retryAfterSeconds: 5,
      },
    );
  }

  async #upgrade(
    request: Request,
    service: Service,
    connection: Connection,
    answer: Response,
  ): Promise<Response> {
    const chosen = answer.headers.get("sec-websocket-protocol");
    const offered = request.headers.get("sec-websocket-protocol")?.split(",").map((name) => name.trim()) ??
      [];
    await answer.body?.cancel();
    try {
      if (request.signal.aborted) throw new TypeError("the client has left");
      const { websocketIdleMaxMs: idleMs, websocketMessageMaxBytes: messageMaxBytes } =
        service.deployment.limits;
      const { socket, response } = upgrade(request, {
        idleMs,
        messageMaxBytes,
        ...(chosen !== null && offered.includes(chosen) ? { protocol: chosen } : {}),
      });
      connection.attach(socket);
      return response;
    } catch (error) {
      // A malformed handshake, or a request that came by no server.
      connection.lost();
      const { message } = error as Error;
      throw new BerthError("request-invalid", `the connection cannot become a WebSocket: ${message}`);
    }
  }

  #forget(id: string, connection: Connection): void {
    const group = this.#services.get(id);
    group?.delete(connection.id);
    if (group?.size === 0) this.#services.delete(id);
  }

  // Events to the service

  #ask(
    id: string,
    event: "websocket.open" | "websocket.message" | "websocket.close",
    url: string,
    request: Request,
  ): Promise<Response | BerthError> {
    const service = this.host.get(id);
    if (!service) {
      return Promise.resolve(new BerthError("service-stopped", "the service is not there any more"));
    }
    return service.call(request, url, this.host.number(), requestMark(0, event));
  }

  async #deliver(id: string, connection: Connection, event: SocketEvent): Promise<boolean> {
    if (this.#closing) return true;
    if (event.kind === "message" && this.host.get(id)) this.#counts(id).received++;
    const body = event.kind === "message" ? event.data : new TextEncoder().encode(event.reason);
    const headers = new Headers({ "x-berth-connection": connection.id });
    if (event.kind === "message") headers.set("x-berth-message", event.binary ? "binary" : "text");
    else headers.set("x-berth-close-code", String(event.code));
    if (body.length > 0) headers.set("content-length", String(body.length));
    const request = new Request("http://service/", {
      method: "POST",
      headers,
      ...(body.length > 0 ? { body } : {}),
    });
    const answer = await this.#ask(id, `websocket.${event.kind}`, connection.url, request);
    if (answer instanceof BerthError) return false;
    await answer.body?.cancel();
    return true;
  }

  // Orders of the service

  /** Carries out what a guest asks of its connections; throws a `CapabilityError`. */
  order(service: Service, call: WorkerCall): HostReply {
    const { record, limits } = service.deployment;
    if (record.grants.websocket === undefined) {
      throw new CapabilityError("denied", "use a WebSocket: it is not granted", `"websocket": true`);
    }
    if (call.body.length > limits.websocketMessageMaxBytes) {
      throw new CapabilityError("too-large", `send a message of ${call.body.length} bytes: that is too long`);
    }
    const group = this.#services.get(record.id);
    const order = call.head as WebSocketOrder; // made by the capability's other half
    const sent = this.#carryOut(group, order, call.body);
    if (order.act !== "close") this.#counts(record.id).sent += sent;
    return { head: { sent } satisfies WebSocketDone, body: NOTHING };
  }

  #carryOut(
    group: ReadonlyMap<string, Connection> | undefined,
    order: WebSocketOrder,
    body: Uint8Array<ArrayBuffer>,
  ): number {
    if (order.act === "publish") return this.#publish(group, order.path, order.binary, body);
    const connection = group?.get(order.connection);
    if (!connection?.open) throw gone();
    if (order.act === "close") connection.close(order.code, order.reason);
    else connection.send(order.binary ? body : decoder.decode(body), body.length);
    return 1;
  }

  #publish(
    group: ReadonlyMap<string, Connection> | undefined,
    path: string,
    binary: boolean,
    body: Uint8Array<ArrayBuffer>,
  ): number {
    const message = binary ? body : decoder.decode(body);
    let sent = 0;
    for (const connection of group?.values() ?? []) {
      if (!connection.open || !connection.url.startsWith(path)) continue;
      try {
        connection.send(message, body.length);
        sent++;
      } catch (error) {
        if (!(error instanceof CapabilityError)) throw error; // a slow client misses it, and is closed
      }
    }
    return sent;
  }

  // Life

  /** A service was replaced or removed: its connections stay as long as there is one that may have them. */
  changed(id: string): void {
    const service = this.host.get(id);
    if (!service) {
      this.#messages.delete(id);
      return this.#closeAll(id, CLOSE.GOING_AWAY, "the service was removed");
    }
    if (service.deployment.record.grants.websocket !== undefined) return;
    this.#closeAll(id, CLOSE.NOT_ALLOWED, "the service accepts no connections any more");
  }

  #closeAll(id: string, code: number, reason: string): void {
    for (const connection of [...this.#services.get(id)?.values() ?? []]) connection.close(code, reason);
  }

  /** The host stops. */
  close(): void {
    this.#closing = true;
    for (const id of [...this.#services.keys()]) this.#closeAll(id, CLOSE.GOING_AWAY, "the host stops");
  }
}

/** Messages by direction; one that goes to many counts for each. */
export interface MessageCounts {
  received: number;
  sent: number;
}

const NONE: MessageCounts = { received: 0, sent: 0 };

/** What the service is asked: the client's request without what belongs to the upgrade. */
function openRequest({ headers, signal }: Request, { id }: Connection): Request {
  const kept = [...headers].filter(([name]) => !OF_THE_UPGRADE.test(name));
  return new Request("http://service/", { headers: [...kept, ["x-berth-connection", id]], signal });
}
