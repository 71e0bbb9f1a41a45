/** One WebSocket connection of a service, between the client's socket and the events of the service. */
import { CapabilityError } from "../capabilities/error.ts";
import type { Limits } from "./limits.ts";
import type { SocketPort } from "./socket_port.ts";

/** Close codes of RFC 6455 (7.4.1) that the host gives by itself. */
export const CLOSE = {
  GOING_AWAY: 1001,
  BROKEN: 1006,
  NOT_ALLOWED: 1008,
  TOO_LARGE: 1009,
  OVERLOADED: 1013,
} as const;

/** What a client's connection brings to its service. */
export type SocketEvent =
  | { readonly kind: "message"; readonly binary: boolean; readonly data: Uint8Array<ArrayBuffer> }
  | { readonly kind: "close"; readonly code: number; readonly reason: string };

/** Who has the connections. */
export interface SocketOwner {
  /** Gives an event to the service; `false` when the service has no room for it. */
  deliver(connection: Connection, event: SocketEvent): Promise<boolean>;
  /** The connection is over. */
  ended(connection: Connection): void;
}

/** The limits of a connection. */
export type SocketLimits = Pick<
  Limits,
  "websocketMessageMaxBytes" | "websocketQueueMaxBytes" | "websocketQueueMaxCount"
>;

/** How long an upgrade may take. */
const OPENING_MAX_MS = 10_000;

const encoder = new TextEncoder();

/** See the file's comment. */
export class Connection {
  /** Told to the service; not to be guessed, for whoever names it may send to it. */
  readonly id: string = crypto.randomUUID();
  #socket: SocketPort | null = null;
  /** Sent before the socket was open. */
  readonly #early: (string | Uint8Array<ArrayBuffer>)[] = [];
  #earlyBytes = 0;
  readonly #inbox: SocketEvent[] = [];
  #inboxBytes = 0;
  #working = false;
  /** Whether the service has been told of the end. */
  #told = false;
  #closed: { readonly code: number; readonly reason: string } | null = null;

  /**
   * @param url path and query below the service's base path
   * @param limits asked each time: they are those of the version that runs
   */
  constructor(
    readonly url: string,
    private readonly limits: () => SocketLimits,
    private readonly owner: SocketOwner,
  ) {}

  /** The upgrade has happened. */
  attach(socket: SocketPort): void {
    this.#socket = socket;
    // Deno says nothing of a client that leaves in the middle of the upgrade.
    const opening = setTimeout(() => this.lost(), OPENING_MAX_MS);
    Deno.unrefTimer(opening);
    socket.listen({
      opened: () => {
        clearTimeout(opening);
        this.#opened(socket);
      },
      received: (message) => this.#received(message),
      ended: (code, reason) => {
        clearTimeout(opening);
        this.#over(code, reason);
      },
    });
  }

  /** The service has accepted a client that is not there any more. */
  lost(): void {
    this.#over(CLOSE.BROKEN, "");
  }

  #over(code: number, reason: string): void {
    if (this.#told) return;
    this.#told = true;
    this.#closed ??= { code, reason };
    this.#push({ kind: "close", code, reason }, 0);
    this.owner.ended(this);
  }

  #opened(socket: SocketPort): void {
    for (const message of this.#early.splice(0)) socket.send(message);
    if (this.#closed) socket.close(this.#closed.code, this.#closed.reason);
  }

  // From the client

  #received(data: string | ArrayBuffer): void {
    if (this.#closed) return; // told to go; what it still sends is nobody's
    const { websocketMessageMaxBytes, websocketQueueMaxBytes, websocketQueueMaxCount } = this.limits();
    const binary = typeof data !== "string";
    const bytes = binary ? new Uint8Array(data) : encoder.encode(data);
    if (bytes.length > websocketMessageMaxBytes) {
      return this.close(CLOSE.TOO_LARGE, `a message may have ${websocketMessageMaxBytes} bytes`);
    }
    if (
      this.#inbox.length >= websocketQueueMaxCount || this.#inboxBytes + bytes.length > websocketQueueMaxBytes
    ) {
      this.#drop();
      return this.close(CLOSE.OVERLOADED, "messages come faster than the service takes them");
    }
    this.#push({ kind: "message", binary, data: bytes }, bytes.length);
  }

  #drop(): void {
    this.#inbox.length = 0;
    this.#inboxBytes = 0;
  }

  #push(event: SocketEvent, bytes: number): void {
    this.#inbox.push(event);
    this.#inboxBytes += bytes;
    if (!this.#working) this.#work();
  }

  /** One event after the other: the service sees them in their order. */
  async #work(): Promise<void> {
    this.#working = true;
    for (let event = this.#inbox.shift(); event; event = this.#inbox.shift()) {
      if (event.kind === "message") this.#inboxBytes -= event.data.length;
      if (await this.owner.deliver(this, event) || event.kind === "close") continue;
      this.#drop();
      this.close(CLOSE.OVERLOADED, "the service has no room");
    }
    this.#working = false;
  }

  // To the client

  /**
   * Sends a message; a client that does not take what is sent is closed.
   * @param bytes how long it is
   * @throws {CapabilityError} `closed`, `busy`
   */
  send(message: string | Uint8Array<ArrayBuffer>, bytes: number): void {
    const socket = this.#socket;
    if (this.#closed || socket?.state === "over") throw gone();
    const waiting = socket ? socket.bufferedAmount : this.#earlyBytes;
    if (waiting + bytes > this.limits().websocketQueueMaxBytes) {
      this.close(CLOSE.OVERLOADED, "the client is too slow");
      throw new CapabilityError(
        "busy",
        `send to a WebSocket: its client does not keep up, ${waiting} bytes wait already; it is closed`,
      );
    }
    if (socket?.state === "open") return socket.send(message);
    this.#early.push(message);
    this.#earlyBytes += bytes;
  }

  /** Closes it; the service hears of that when the client has. */
  close(code: number, reason: string): void {
    if (this.#closed) return;
    this.#closed = { code, reason };
    if (this.#socket?.state === "open") this.#socket.close(code, reason);
  }

  /** Whether it takes messages. */
  get open(): boolean {
    return this.#closed === null;
  }
}

/** What a guest is told of a connection that is not there. */
export const gone = (): CapabilityError =>
  new CapabilityError("closed", "use a WebSocket: there is no such connection");
