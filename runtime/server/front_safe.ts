/** The safe front: `node:http`'s server, whose clients have only so much time for everything. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Socket } from "node:net";
import { Connections } from "./front_connections.ts";
import { type Front, FRONT_TIMEOUTS, type FrontOptions, type FrontTimeouts } from "./front.ts";
import { headOf, type RequestHead } from "./front_head.ts";
import { upgradeListener } from "./front_upgrade.ts";
import { readBody, writeBody } from "./front_body.ts";

/** One request's head, names and values. */
const HEAD_MAX_BYTES = 32 << 10;
/** How long an unwanted body is still taken. */
const DISCARD_MAX_MS = 1_000;
/** How often overdue connections are looked for. */
const CHECK_EVERY_MS = 1_000;

/** Listens; rejects with what `Deno.listen` would throw. */
export async function openSafeFront(
  options: FrontOptions,
  timeouts: FrontTimeouts = FRONT_TIMEOUTS,
): Promise<Front> {
  const server = makeServer(options, timeouts);
  const connections = new Connections(options.connections);
  // Of TLS too this is the bare connection: who is one too many costs no handshake.
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    const leave = connections.enter(socket.remoteAddress ?? "");
    if (!leave) return void socket.destroy();
    sockets.add(socket);
    socket.once("close", () => {
      sockets.delete(socket);
      leave();
    });
  });
  const { promise: finished, resolve: end } = Promise.withResolvers<void>();
  server.on("close", end);
  await listening(server, options);
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : options.port,
    connections,
    finished,
    async stop(graceMs) {
      server.close();
      server.closeIdleConnections();
      // A connection that becomes idle while the others end is closed then, not after its keep-alive.
      const sweep = setInterval(() => server.closeIdleConnections(), 50);
      // The server forgets connections that became WebSockets, and yet waits for them.
      const timer = setTimeout(() => sockets.forEach((socket) => socket.destroy()), graceMs);
      await finished;
      clearInterval(sweep);
      clearTimeout(timer);
    },
  };
}

function makeServer({ tls, answer }: FrontOptions, timeouts: FrontTimeouts): Server {
  const settings = {
    maxHeaderSize: HEAD_MAX_BYTES,
    headersTimeout: timeouts.headMaxMs,
    requestTimeout: timeouts.requestMaxMs,
    keepAliveTimeout: timeouts.keepAliveMs,
    connectionsCheckingInterval: CHECK_EVERY_MS,
  };
  const scheme = tls ? "https" : "http";
  const listener = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const head = headOf(incoming, scheme);
    if (typeof head === "number") return refuse(outgoing, head);
    exchange(head, incoming, outgoing, answer, timeouts).catch(() => incoming.socket.destroy());
  };
  const server = tls
    ? createTlsServer({ ...settings, ...tls, handshakeTimeout: timeouts.headMaxMs }, listener)
    : createServer(settings, listener);
  server.on("upgrade", upgradeListener(scheme, answer));
  return server;
}

function listening(server: Server, { hostname, port }: FrontOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: Error & { code?: string }) => {
      if (error.code === "EADDRINUSE") reject(new Deno.errors.AddrInUse(error.message));
      else if (error.code === "EADDRNOTAVAIL") reject(new Deno.errors.AddrNotAvailable(error.message));
      else if (error.code === "EACCES") reject(new Deno.errors.PermissionDenied(error.message));
      else reject(error);
    });
    server.listen(port, hostname, () => resolve());
  });
}

/** What is not a request that everyone reads alike gets no other answer, and its connection ends. */
function refuse(outgoing: ServerResponse, status: number): void {
  outgoing.writeHead(status, { connection: "close", "content-length": "0" });
  outgoing.end();
}

async function exchange(
  head: RequestHead,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  answer: FrontOptions["answer"],
  timeouts: FrontTimeouts,
): Promise<void> {
  const left = new AbortController();
  outgoing.on("close", () => {
    if (!outgoing.writableFinished) left.abort();
  });
  const request = new Request(head.url, {
    method: head.method,
    headers: head.headers,
    signal: left.signal,
    ...(head.hasBody ? { body: readBody(incoming, timeouts.bodyStallMaxMs) } : {}),
  });
  const response = await answer(request, { remoteAddr: { hostname: incoming.socket.remoteAddress ?? "" } });
  if (outgoing.destroyed) return void await response.body?.cancel();
  // An array keeps repeated headers (set-cookie) apart.
  outgoing.writeHead(response.status, [...response.headers].flat());
  if (!response.body || head.method === "HEAD") {
    await response.body?.cancel();
    outgoing.end();
  } else {
    await writeBody(response.body, outgoing, timeouts.readStallMaxMs);
  }
  if (head.hasBody && !incoming.complete) discardRest(incoming);
}

/**
 * Takes the rest of a body that nobody wanted, for a moment: closing at once would reset the connection, and the client
 * might lose the answer. The next request of the connection would wait behind a longer one.
 */
function discardRest(incoming: IncomingMessage): void {
  const timer = setTimeout(() => incoming.socket.destroySoon(), DISCARD_MAX_MS);
  incoming.removeAllListeners("data");
  incoming.once("end", () => clearTimeout(timer));
  incoming.once("close", () => clearTimeout(timer));
  incoming.resume();
}
