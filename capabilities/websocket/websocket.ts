/** What a guest with the `websocket` capability holds. */
import type { OpenedCapability } from "../capability.ts";

/** The service's WebSocket connections. Every failure is a `CapabilityError`. */
export interface WebSockets extends OpenedCapability {
  /** Sends to one connection; `closed` when it is gone, `busy` when its client does not keep up. */
  send(connection: string, message: string | Uint8Array): void | Promise<void>;
  /** Sends to every connection whose path begins so ("" for all); to how many. */
  publish(path: string, message: string | Uint8Array): number | Promise<number>;
  /** Closes one connection with a close code and reason. */
  disconnect(connection: string, code: number, reason: string): void | Promise<void>;
}
