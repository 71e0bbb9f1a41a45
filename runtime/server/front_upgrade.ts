/** Upgrades on the safe front: the connection of a request for a WebSocket, given to whoever accepts it. */
import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { UpgradableRequest, type Upgraded, type UpgradeOptions } from "../upgrade.ts";
import type { FrontOptions } from "./front.ts";
import { headOf, type RequestHead } from "./front_head.ts";
import { FramedSocket } from "./framed_socket.ts";

/** RFC 6455, 1.3. */
const MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const KEY = /^[A-Za-z0-9+/]{22}==$/;
/** How long a client may take to take a refusal. */
const REFUSAL_MAX_MS = 5_000;

class NodeRequest extends UpgradableRequest {
  taken = false;

  constructor(
    head: RequestHead,
    signal: AbortSignal,
    private readonly connection: Duplex,
    private readonly first: Uint8Array,
  ) {
    super(head.url, { method: head.method, headers: head.headers, signal });
  }

  upgrade(options: UpgradeOptions): Upgraded {
    const key = this.headers.get("sec-websocket-key") ?? "";
    if (this.method !== "GET" || !KEY.test(key) || this.headers.get("sec-websocket-version") !== "13") {
      throw new TypeError("the handshake is not that of version 13 of the protocol");
    }
    if (!/(?:^|,)\s*upgrade\s*(?:,|$)/i.test(this.headers.get("connection") ?? "")) {
      throw new TypeError('the header "connection" does not say upgrade');
    }
    if (this.connection.destroyed) throw new TypeError("the client has left");
    this.taken = true;
    const accept = createHash("sha1").update(key + MAGIC).digest("base64");
    const protocol = options.protocol === undefined ? "" : `sec-websocket-protocol: ${options.protocol}\r\n`;
    this.connection.write(
      "HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n" +
        `sec-websocket-accept: ${accept}\r\n${protocol}\r\n`,
    );
    const socket = new FramedSocket(this.connection, this.first, options);
    return { socket, response: new Response(null, { status: 204 }) }; // the front looks at `taken`
  }
}

/** Listens to `upgrade` of a server. */
export function upgradeListener(scheme: "http" | "https", answer: FrontOptions["answer"]) {
  return (incoming: IncomingMessage, connection: Duplex, first: Uint8Array): void => {
    connection.on("error", () => connection.destroy());
    const head = headOf(incoming, scheme);
    // A body would lie where the frames begin.
    if (typeof head === "number" || head.hasBody) {
      return refuse(connection, typeof head === "number" ? head : 400);
    }
    handle(head, incoming, connection, first, answer).catch(() => connection.destroy());
  };
}

async function handle(
  head: RequestHead,
  incoming: IncomingMessage,
  connection: Duplex,
  first: Uint8Array,
  answer: FrontOptions["answer"],
): Promise<void> {
  const left = new AbortController();
  const gone = () => left.abort();
  connection.on("close", gone).on("end", gone);
  const request = new NodeRequest(head, left.signal, connection, first);
  const response = await answer(request, { remoteAddr: { hostname: incoming.socket.remoteAddress ?? "" } });
  connection.off("close", gone).off("end", gone);
  if (request.taken || connection.destroyed) return void await response.body?.cancel();
  const body = head.method === "HEAD" ? new Uint8Array(0) : await response.bytes();
  if (head.method === "HEAD") await response.body?.cancel();
  refuse(connection, response.status, response.headers, body);
}

/** An answer that ends the connection. */
function refuse(
  connection: Duplex,
  status: number,
  headers = new Headers(),
  body: Uint8Array = new Uint8Array(0),
): void {
  const own = /^(?:connection|content-length|transfer-encoding|keep-alive)$/;
  const kept = [...headers].filter(([name]) => !own.test(name)).map(([name, value]) =>
    `${name}: ${value}\r\n`
  );
  const head = `HTTP/1.1 ${status} \r\nconnection: close\r\ncontent-length: ${body.length}\r\n${
    kept.join("")
  }\r\n`;
  const timer = setTimeout(() => connection.destroy(), REFUSAL_MAX_MS);
  connection.on("close", () => clearTimeout(timer));
  connection.resume(); // what still comes is nobody's
  connection.write(head, "latin1");
  connection.end(body);
}
