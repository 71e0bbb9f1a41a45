/**
 * Connections of one service: the addresses that a name resolves to are checked, and one of exactly those is
 * connected to; nothing is written before the address at the other end was checked again.
 */
import type * as NodeHttp from "node:http";
import type * as NodeNet from "node:net";
import type * as NodeTls from "node:tls";
import { CapabilityError } from "../error.ts";
import { addressText, parseAddress } from "./address.ts";
import { type AllowPattern, originOf, refusedAddress, type Scheme, type Target } from "./allow.ts";
import { denied } from "./refusal.ts";

/** The parts of Node's API, loaded when the first service in the worker is granted `http`. */
export interface NodeModules {
  readonly http: typeof NodeHttp;
  readonly net: typeof NodeNet;
  readonly tls: typeof NodeTls;
}

/** Loads them; they cost a worker 26 ms and 4.5 MiB, so only a worker with the grant pays. */
export async function loadNode(): Promise<NodeModules> {
  const [http, net, tls] = await Promise.all([
    import("node:http"),
    import("node:net"),
    import("node:tls"),
  ]);
  return { http, net, tls };
}

/** How names are resolved; a test may give its own. */
export type Lookup = NodeNet.LookupFunction;

/** How connections are made and kept. */
export interface ConnectOptions {
  readonly patterns: readonly AllowPattern[];
  readonly authorities: readonly string[];
  /** Connections that are being made at once, and those that are kept without a request. */
  readonly maxCount: number;
  readonly idleMaxMs: number;
  /** Only for tests: Deno lets a restricted worker connect to what its own resolver found, and to nothing else. */
  readonly lookup?: Lookup;
}

/** What an agent passes to `createConnection` beside Node's own: the target that the request is for. */
interface ConnectionRequest {
  readonly berthTarget?: Target;
}

type Connected = (error: Error | null, socket?: NodeNet.Socket) => void;

/** The connections of one service. */
export class Connections {
  readonly #node: NodeModules;
  readonly #options: ConnectOptions;
  readonly #sockets = new Set<NodeNet.Socket>();
  #connecting = 0;
  readonly #agents: { readonly [K in Scheme]: NodeHttp.Agent };

  constructor(node: NodeModules, options: ConnectOptions) {
    this.#node = node;
    this.#options = options;
    const settings = {
      keepAlive: true,
      maxFreeSockets: options.maxCount,
      // Idle connections only: a request has its own deadline.
      timeout: options.idleMaxMs,
      scheduling: "lifo" as const,
    };
    // Node's https module reads the list of root certificates, for which a worker would need another permission;
    // so both are plain agents, and the connections of the second are encrypted here.
    this.#agents = { http: new node.http.Agent(settings), https: new node.http.Agent(settings) };
    for (const agent of Object.values(this.#agents)) {
      const door = agent as unknown as { createConnection: unknown };
      door.createConnection = (request: ConnectionRequest, connected: Connected) => {
        this.#connect(request, connected);
      };
    }
  }

  /** Options that send a request for `target` through these connections. */
  requestOptions(target: Target): NodeHttp.RequestOptions {
    const options: NodeHttp.RequestOptions & ConnectionRequest = {
      agent: this.#agents[target.scheme],
      host: target.host,
      port: target.port,
      path: target.path,
      berthTarget: target,
    };
    return options;
  }

  /** How many are open. */
  get count(): number {
    return this.#sockets.size;
  }

  /** Breaks all of them off. */
  close(): void {
    for (const agent of Object.values(this.#agents)) agent.destroy();
    for (const socket of this.#sockets) socket.destroy();
  }

  /** A service that calls many hosts gives up what it kept, and not new calls. */
  #dropKept(): void {
    for (const agent of Object.values(this.#agents)) {
      for (const kept of Object.values(agent.freeSockets)) kept?.forEach((socket) => socket.destroy());
    }
  }

  #connect(request: ConnectionRequest, connected: Connected): void {
    const target = request.berthTarget;
    if (target === undefined) throw new Error("a connection without its target");
    const { lookup, maxCount } = this.#options;
    // Node goes on making a connection when its request has gone: without a bound, short time-outs would pile
    // them up until the process had no descriptor left.
    if (this.#connecting >= maxCount) {
      return connected(new CapabilityError("busy", `${maxCount} connections are being made already`));
    }
    if (this.#sockets.size >= 2 * maxCount) this.#dropKept();
    const socket = this.#node.net.connect({
      host: target.address === null ? target.host : addressText(target.address).replace(/^\[|\]$/g, ""),
      port: target.port,
      ...(lookup ? { lookup } : {}),
    });
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    this.#connecting++;
    const once = onlyOnce((error, made) => {
      this.#connecting--;
      connected(error, made);
    });
    socket.on("error", once);
    socket.once("close", () => once(Object.assign(new Error("closed"), { code: "ECONNRESET" })));
    socket.setTimeout(this.#options.idleMaxMs, () => socket.destroy(timedOut()));
    // Emitted for each address that was found, before any of them is connected to; a socket that is destroyed
    // here connects to none.
    socket.on("lookup", (error: Error | null, address: string) => {
      if (!error) this.#check(socket, target, address);
    });
    socket.once("connect", () => {
      if (!this.#check(socket, target, socket.remoteAddress ?? "")) return;
      socket.setTimeout(0);
      socket.setNoDelay(true);
      if (target.scheme === "http") return once(null, socket);
      try {
        this.#secure(socket, target, once);
      } catch (error) {
        socket.destroy(error as Error);
      }
    });
  }

  /** Destroys the socket when the list does not allow its address. */
  #check(socket: NodeNet.Socket, target: Target, text: string): boolean {
    // A zone ("fe80::1%eth0") names an interface, not another address.
    const address = parseAddress(text.replace(/%.*$/, ""));
    const kind = address === null
      ? "an unknown address"
      : refusedAddress(this.#options.patterns, target, address);
    if (kind === null) return true;
    const byAddress = address === null ? target : { ...target, host: addressText(address) };
    socket.destroy(denied(`${originOf(target)} leads to ${kind}`, originOf(byAddress)));
    return false;
  }

  #secure(socket: NodeNet.Socket, target: Target, connected: Connected): void {
    const { authorities } = this.#options;
    const secure = this.#node.tls.connect({
      socket,
      // For names: server name indication and the name that the certificate must hold.
      ...(target.address === null
        ? { servername: target.host }
        : { host: addressText(target.address).replace(/^\[|\]$/g, "") }),
      ALPNProtocols: ["http/1.1"],
      ...(authorities.length > 0 ? { ca: [...authorities] } : {}),
    });
    this.#sockets.add(secure);
    secure.once("close", () => {
      this.#sockets.delete(secure);
      socket.destroy();
    });
    secure.on("error", connected);
    secure.setTimeout(this.#options.idleMaxMs, () => secure.destroy(timedOut()));
    secure.once("secureConnect", () => {
      secure.setTimeout(0);
      connected(null, secure);
    });
  }
}

function timedOut(): CapabilityError {
  return new CapabilityError("timeout", "the connection was not made in time");
}

function onlyOnce(connected: Connected): Connected {
  let done = false;
  return (error, socket) => {
    if (done) return;
    done = true;
    connected(error, socket);
  };
}
