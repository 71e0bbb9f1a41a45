/** What a guest with the `websocket` capability holds, and how its orders look on their way to the host. */
import type { OpenedCapability } from "../capability.ts";

/** The grant. */
export interface WebSocketGrant {
  /** Pages whose scripts may connect, as origins (`https://app.example.com`); absent: any page may. */
  readonly origins?: readonly string[] | undefined;
}

/** The service's WebSocket connections. Every failure is a `CapabilityError`. */
export interface WebSockets extends OpenedCapability {
  /** Sends to one connection; `closed` when it is gone, `busy` when its client does not keep up. */
  send(connection: string, message: string | Uint8Array): void | Promise<void>;
  /** Sends to every connection whose path begins so ("" for all); to how many. */
  publish(path: string, message: string | Uint8Array): number | Promise<number>;
  /** Closes one connection with a close code and reason. */
  disconnect(connection: string, code: number, reason: string): void | Promise<void>;
}

/** An order to the host; the message is the body of the call. */
export type WebSocketOrder =
  | { readonly act: "send"; readonly connection: string; readonly binary: boolean }
  | { readonly act: "publish"; readonly path: string; readonly binary: boolean }
  | { readonly act: "close"; readonly connection: string; readonly code: number; readonly reason: string };

/** What the host says to an order that it has carried out. */
export interface WebSocketDone {
  /** To how many connections the message went. */
  readonly sent: number;
}
