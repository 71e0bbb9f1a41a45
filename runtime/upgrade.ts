/** How a request becomes a WebSocket, whichever server it came by. */
import { denoPort, type SocketPort } from "./socket_port.ts";

/** What an upgrade is made with. */
export interface UpgradeOptions {
  /** One of those that the client offered; absent for none. */
  readonly protocol?: string;
  /** A client that does not answer a ping for so long is gone. */
  readonly idleMs: number;
  /** The longest message, fragments together. */
  readonly messageMaxBytes: number;
}

/** An upgraded request: the connection, and what the server is to be answered. */
export interface Upgraded {
  readonly socket: SocketPort;
  readonly response: Response;
}

/** A request whose server gives its connection away. */
export abstract class UpgradableRequest extends Request {
  /** Takes the connection; throws when the handshake is malformed. */
  abstract upgrade(options: UpgradeOptions): Upgraded;
}

/** Upgrades a request; throws when the handshake is malformed, or the request came by no server. */
export function upgrade(request: Request, options: UpgradeOptions): Upgraded {
  if (request instanceof UpgradableRequest) return request.upgrade(options);
  const { socket, response } = Deno.upgradeWebSocket(request, {
    idleTimeout: Math.max(1, Math.ceil(options.idleMs / 1000)),
    ...(options.protocol === undefined ? {} : { protocol: options.protocol }),
  });
  return { socket: denoPort(socket), response };
}
