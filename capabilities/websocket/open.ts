/** The worker's half of `websocket`: checks an order and has the host, which holds the connections, carry it out. */
import { CapabilityError } from "../error.ts";
import type { OpenContext } from "../capability.ts";
import type { WebSocketDone, WebSocketGrant, WebSocketOrder, WebSockets } from "./websocket.ts";

const NOTHING = new Uint8Array(0);
const encoder = new TextEncoder();
/** RFC 6455, 5.5: the payload of a control frame, less the code. */
const REASON_MAX_BYTES = 123;

/** Opens the service's connections. */
export function openWebSocket(_grant: WebSocketGrant, context: OpenContext): WebSockets {
  return new HostWebSockets(context);
}

class HostWebSockets implements WebSockets {
  constructor(private readonly context: OpenContext) {}

  async send(connection: string, message: string | Uint8Array): Promise<void> {
    await this.#order(
      { act: "send", connection, binary: typeof message !== "string" },
      this.#bytes(message),
    );
  }

  async publish(path: string, message: string | Uint8Array): Promise<number> {
    const order = { act: "publish", path, binary: typeof message !== "string" } as const;
    return (await this.#order(order, this.#bytes(message))).sent;
  }

  async disconnect(connection: string, code: number, reason: string): Promise<void> {
    // RFC 6455, 7.4: of the codes below 3000 a program may give only this one.
    if (code !== 1000 && (code < 3000 || code > 4999)) {
      throw new CapabilityError("invalid", `close a connection with ${code}: use 1000, or 3000 to 4999`);
    }
    if (encoder.encode(reason).length > REASON_MAX_BYTES) {
      throw new CapabilityError(
        "too-large",
        `close a connection: the reason is over ${REASON_MAX_BYTES} bytes`,
      );
    }
    await this.#order({ act: "close", connection, code, reason }, NOTHING);
  }

  #bytes(message: string | Uint8Array): Uint8Array {
    const bytes = typeof message === "string" ? encoder.encode(message) : message;
    const max = this.context.limits.websocketMessageMaxBytes;
    if (bytes.length <= max) return bytes;
    throw new CapabilityError(
      "too-large",
      `send a message of ${bytes.length} bytes: at most ${max} are allowed`,
    );
  }

  async #order(order: WebSocketOrder, body: Uint8Array): Promise<WebSocketDone> {
    if (!this.context.callHost) throw new CapabilityError("unreachable", "use a WebSocket: there is no host");
    const { head } = await this.context.callHost({ kind: "websocket", head: order, body });
    return head as WebSocketDone; // made by the host for this kind of call
  }

  close(): void {}
}
