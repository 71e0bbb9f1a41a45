/** `request.read`, `log.write`, `config.get`, `secret.get`, `edge.*`. */
import type { LogLevel } from "../../../capabilities/capability.ts";
import { CapabilityError } from "../../../capabilities/error.ts";
import { then } from "../maybe.ts";
import { unlessAborted } from "../turn.ts";
import type { Handlers } from "./handler.ts";

const NOTHING = new Uint8Array(0);

function edge(): never {
  throw new CapabilityError(
    "notsup",
    "edge: this needs mimik's account cloud, which Berth does not stand in for",
  );
}

/** The handlers. */
export const REQUEST_HANDLERS: Handlers<
  "request.read" | "log.write" | "config.get" | "secret.get" | "edge.decrypt" | "edge.request_bep"
> = {
  "request.read"(turn, { max }) {
    const body = turn.body;
    if (!body) return { data: NOTHING, ended: true };
    body.claim("request.read");
    const next = body.next(max);
    const piece = next instanceof Promise ? unlessAborted(next, turn.signal) : next;
    return then(piece, (data) => ({ data: data ?? NOTHING, ended: data === null || body.ended }));
  },
  "log.write"(turn, { level, message, fields }) {
    turn.context.log(level as LogLevel, message, fields); // one of the four: the table says so
    return {};
  },
  "config.get"(turn, { key }) {
    return lookUp(turn.context.capabilities.env?.entries, key);
  },
  "secret.get"(turn, { key }) {
    const env = turn.context.capabilities.env;
    if (env?.secretNames.includes(key)) return lookUp(env.secrets, key);
    throw new CapabilityError(
      "denied",
      `read the secret ${JSON.stringify(key)}: the grant does not name it`,
      `"env": { "secrets": [${JSON.stringify(key)}] }`,
    );
  },
  "edge.decrypt": edge,
  "edge.request_bep": edge,
};

function lookUp(entries: ReadonlyArray<readonly [string, string]> | undefined, key: string) {
  const value = entries?.find(([name]) => name === key)?.[1];
  return { found: value !== undefined, value: value ?? "" };
}
