/** What the host sends to a guest with `mk_module_on_event`: the events by the method of their envelope. */
import type { RequestEvent } from "../../abi.ts";

/** One kind of event. */
export interface EventRecord {
  readonly method: "http.request" | RequestEvent;
  /** Who hears of it. */
  readonly since: "1.0.0" | "berth 1";
  readonly summary: string;
  /** The method and the body of `request`. */
  readonly request: string;
  /** Headers of the host's own, and what they say. */
  readonly headers: Readonly<Record<string, string>>;
  /** What the guest's answer does. */
  readonly answer: string;
}

const CONNECTION = {
  "x-berth-connection": "names the connection, for `websocket.send` and `websocket.close`",
};

/** The table. */
export const EVENTS: readonly EventRecord[] = [
  {
    method: "http.request",
    since: "1.0.0",
    summary: "A request of HTTP.",
    request: "the client's",
    headers: {},
    answer: "the answer; none is an error",
  },
  {
    method: "websocket.open",
    since: "berth 1",
    summary: "A client wants a WebSocket connection. What is sent to it meanwhile is its first messages.",
    request: "`GET`, without a body; the other headers are the client's",
    headers: CONNECTION,
    answer:
      "none, or a status below 300: accepted, with the `sec-websocket-protocol` of its headers; else the client gets it, and no connection",
  },
  {
    method: "websocket.message",
    since: "berth 1",
    summary: "A message of a client; those of one connection come one after the other.",
    request: "`POST`; the body is the message",
    headers: { ...CONNECTION, "x-berth-message": "`text` or `binary`" },
    answer: "not looked at, and may be left out",
  },
  {
    method: "websocket.close",
    since: "berth 1",
    summary: "A connection is over, whoever closed it.",
    request: "`POST`; the body is the reason",
    headers: { ...CONNECTION, "x-berth-close-code": "the close code" },
    answer: "not looked at, and may be left out",
  },
];
