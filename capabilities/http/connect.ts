/**
 * Makes connections whose other end is within the grant. An address is connected to as it is; a name is resolved once,
 * every address that it leads to is checked, and one of exactly those is connected to. Nothing is written before the
 * address at the other end was checked again.
 */
import type * as NodeNet from "node:net";
import type * as NodeTls from "node:tls";
import { CapabilityError } from "../error.ts";
import { addressText, parseAddress } from "./address.ts";
import { type AllowPattern, originOf, refusedAddress, type Target } from "./allow.ts";
import { denied } from "./refusal.ts";
import { NodeWire, type Wire } from "./wire.ts";

/** How names are resolved; a test may give its own. */
export type Lookup = NodeNet.LookupFunction;

/** How connections are made. */
export interface ConnectOptions {
  readonly patterns: readonly AllowPattern[];
  readonly authorities: readonly string[];
  /** Making one may take so long, and so long again for its encryption. */
  readonly connectMaxMs: number;
  /** Only for tests: Deno lets a restricted worker connect to what its own resolver found, and to nothing else. */
  readonly lookup?: Lookup;
}

/** The parts of Node's API that names and encryption need. */
interface NodeModules {
  readonly net: typeof NodeNet;
  readonly tls: typeof NodeTls;
}

/** Makes the connections of one service. */
export class Connector {
  readonly #options: ConnectOptions;
  readonly #giveUp = new AbortController();
  #node: Promise<NodeModules> | null = null;

  constructor(options: ConnectOptions) {
    this.#options = options;
  }

  /**
   * Connects to what the list allows already by its name.
   * @throws {CapabilityError} `denied` where the address is not allowed; else what the system says
   */
  async connect(target: Target): Promise<Wire> {
    if (target.scheme === "http" && target.address !== null) return await this.#plain(target);
    this.#node ??= loadNode();
    const socket = await this.#socket(await this.#node, target);
    return new NodeWire(socket);
  }

  /** Gives up what is being connected. */
  close(): void {
    this.#giveUp.abort();
  }

  /** Deno's own, which needs nothing of Node's. */
  async #plain(target: Target): Promise<Wire> {
    const giveUp = new AbortController();
    const abort = () => giveUp.abort(timedOut());
    const timer = setTimeout(abort, this.#options.connectMaxMs);
    this.#giveUp.signal.addEventListener("abort", abort);
    try {
      const hostname = hostOf(target), { port } = target;
      const wire = await Deno.connect({ hostname, port, signal: giveUp.signal });
      try {
        const refused = this.#refusal(target, wire.remoteAddr.hostname);
        if (refused) throw refused;
        wire.setNoDelay(true); // which some systems refuse where the other side has left already
        return wire;
      } catch (error) {
        wire.close();
        throw error;
      }
    } catch (error) {
      throw giveUp.signal.aborted ? giveUp.signal.reason : error;
    } finally {
      clearTimeout(timer);
      this.#giveUp.signal.removeEventListener("abort", abort);
    }
  }

  /** Node's, which tells where a name leads before it connects, and which Deno's permissions know. */
  #socket({ net, tls }: NodeModules, target: Target): Promise<NodeNet.Socket> {
    const { lookup, connectMaxMs } = this.#options;
    return new Promise((resolve, reject) => {
      const socket = net.connect({
        host: target.address === null ? target.host : hostOf(target),
        port: target.port,
        ...(lookup ? { lookup } : {}),
      });
      const abort = () => socket.destroy(timedOut());
      this.#giveUp.signal.addEventListener("abort", abort);
      socket.once("close", () => {
        this.#giveUp.signal.removeEventListener("abort", abort);
        reject({ code: "ECONNRESET" });
      });
      socket.on("error", reject);
      socket.setTimeout(connectMaxMs, abort);
      const refuse = (address: string) => {
        const refused = this.#refusal(target, address);
        if (refused) socket.destroy(refused);
        return refused !== null;
      };
      // Emitted for each address that was found, before any of them is connected to; a socket that is destroyed
      // here connects to none.
      socket.on("lookup", (error: Error | null, address: string) => void (error || refuse(address)));
      socket.once("connect", () => {
        if (refuse(socket.remoteAddress ?? "")) return;
        socket.setTimeout(0);
        socket.setNoDelay(true);
        if (target.scheme === "http") return resolve(socket);
        try {
          this.#secure(tls, socket, target, resolve, reject);
        } catch (error) {
          socket.destroy(error as Error);
        }
      });
    });
  }

  /** Why the list does not allow the address; `null` when it does. */
  #refusal(target: Target, text: string): CapabilityError | null {
    // A zone ("fe80::1%eth0") names an interface, not another address.
    const address = parseAddress(text.replace(/%.*$/, ""));
    const kind = address === null
      ? "an unknown address"
      : refusedAddress(this.#options.patterns, target, address);
    if (kind === null) return null;
    const byAddress = address === null ? target : { ...target, host: addressText(address) };
    return denied(`${originOf(target)} leads to ${kind}`, originOf(byAddress));
  }

  #secure(
    tls: typeof NodeTls,
    socket: NodeNet.Socket,
    target: Target,
    resolve: (socket: NodeNet.Socket) => void,
    reject: (error: unknown) => void,
  ): void {
    const { authorities, connectMaxMs } = this.#options;
    const secure = tls.connect({
      socket,
      // For names: server name indication and the name that the certificate must hold.
      ...(target.address === null ? { servername: target.host } : { host: hostOf(target) }),
      ALPNProtocols: ["http/1.1"],
      ...(authorities.length > 0 ? { ca: [...authorities] } : {}),
    });
    secure.once("close", () => {
      reject({ code: "ECONNRESET" });
      socket.destroy();
    });
    secure.on("error", reject);
    secure.setTimeout(connectMaxMs, () => secure.destroy(timedOut()));
    secure.once("secureConnect", () => {
      secure.setTimeout(0);
      resolve(secure);
    });
  }
}

/** They cost a worker 10 ms and 4 MiB: only one that calls a name or an encrypted address pays. */
async function loadNode(): Promise<NodeModules> {
  const [net, tls] = await Promise.all([import("node:net"), import("node:tls")]);
  return { net, tls };
}

/** The address of a target without the brackets of a URL. */
function hostOf({ address, host }: Target): string {
  return address === null ? host : addressText(address).replace(/^\[|\]$/g, "");
}

function timedOut(): CapabilityError {
  return new CapabilityError("timeout", "the connection was not made in time");
}
