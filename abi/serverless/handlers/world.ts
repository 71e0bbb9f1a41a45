/** `service.call`, `websocket.*` and mimik's `websocket_broker.publish`. */
import type { Services } from "../../../capabilities/services/services.ts";
import type { WebSockets } from "../../../capabilities/websocket/websocket.ts";
import { notGranted } from "../answer.ts";
import { then } from "../maybe.ts";
import type { Turn } from "../turn.ts";
import { headerList } from "./http.ts";
import type { Handlers } from "./handler.ts";
import { traced } from "./trace.ts";

function servicesOf(turn: Turn): Services {
  const services = turn.context.capabilities.services;
  if (!services) throw notGranted("services"); // dispatch has looked; this is for the type
  return services;
}

function socketsOf(turn: Turn): WebSockets {
  const sockets = turn.context.capabilities.websocket;
  if (!sockets) throw notGranted("websocket"); // dispatch has looked; this is for the type
  return sockets;
}

/** A message as the capability takes it: a copy, since the guest goes on. */
function message(data: string | Uint8Array): string | Uint8Array {
  return typeof data === "string" ? data : data.slice();
}

/** The handlers. */
export const WORLD_HANDLERS: Handlers<
  "service.call" | "websocket.send" | "websocket.publish" | "websocket.close" | "websocket_broker.publish"
> = {
  async "service.call"(turn, { service, path, method, headers, body, timeoutMs }) {
    const answer = await servicesOf(turn).call({
      service,
      path,
      method: method === "" ? "GET" : method.toUpperCase(),
      headers: traced(turn, headers),
      body: body.slice(),
      signal: turn.signal,
      ...(timeoutMs === 0 ? {} : { timeoutMs }),
    });
    return { status: answer.status, headers: headerList(answer.headers), body: answer.body };
  },
  "websocket.send"(turn, { connection, data }) {
    return then(socketsOf(turn).send(connection, message(data)), () => ({}));
  },
  "websocket.publish"(turn, { path, data }) {
    return then(socketsOf(turn).publish(path, message(data)), (sent) => ({ sent }));
  },
  "websocket.close"(turn, { connection, code, reason }) {
    return then(socketsOf(turn).disconnect(connection, code, reason), () => ({}));
  },
  "websocket_broker.publish"(turn, { type, message: data }) {
    const text = JSON.stringify({ type, message: new TextDecoder().decode(data) });
    return then(socketsOf(turn).publish("", text), () => undefined);
  },
};
