/** Puts a host on a port. */
import type { Host } from "../host.ts";
import {
  type Front,
  type FrontName,
  type FrontOptions,
  type FrontTimeouts,
  isLoopback,
  type TlsFiles,
} from "./front.ts";
import { openFastFront } from "./front_fast.ts";

/** The fronts, what a request's origin is, and what encrypts. */
export type { FrontName, FrontTimeouts, TlsFiles } from "./front.ts";
export { isLoopback } from "./front.ts";

/** Where and how to listen. */
export interface ServeOptions {
  /** An address of this machine; `0.0.0.0` and `::` are all of them. */
  readonly hostname: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** By default the fast one for this machine only, else the safe one. */
  readonly front?: FrontName;
  /** Encrypts: `https://`. */
  readonly tls?: TlsFiles;
  /** Of the safe front. */
  readonly timeouts?: FrontTimeouts;
}

/** A host that listens. */
export interface Listening {
  /** `http://127.0.0.1:8083`. */
  readonly origin: string;
  /** The port that was taken. */
  readonly port: number;
  /** Which server listens. */
  readonly front: FrontName;
  /** Connections that are open, and that were refused; `null` on the fast front. */
  readonly connections: Front["connections"];
  /** Resolves when the server has ended. */
  readonly finished: Promise<void>;
  /** Takes no more connections, tells open streams, and gives what is under way `graceMs` to end. */
  stop(graceMs: number): Promise<void>;
}

/** Listens with the front that suits the address; rejects with `Deno.errors.AddrInUse` and its like. */
export async function listenHost(host: Host, options: ServeOptions): Promise<Listening> {
  const name = options.front ?? (isLoopback(options.hostname) ? "fast" : "safe");
  const front = name === "fast" ? openFastFront(settingsOf(host, options)) : await safeFront(host, options);
  return listening(host, options, name, front);
}

/** Listens with the fast front, at once; throws `Deno.errors.AddrInUse` and its like. */
export function serveHost(host: Host, options: Omit<ServeOptions, "front" | "timeouts">): Listening {
  return listening(host, options, "fast", openFastFront(settingsOf(host, options)));
}

/** Node's server and what it stands on take memory that a host with the fast front has no use for. */
async function safeFront(host: Host, options: ServeOptions): Promise<Front> {
  const { openSafeFront } = await import("./front_safe.ts");
  return await openSafeFront(settingsOf(host, options), options.timeouts);
}

function settingsOf(host: Host, { hostname, port, tls }: ServeOptions): FrontOptions {
  return {
    hostname,
    port,
    tls: tls ?? null,
    answer: host.fetch,
    connections: {
      maxCount: host.limits.connectionsMaxCount,
      perAddressMaxCount: host.limits.connectionsPerAddressMaxCount,
    },
  };
}

function listening(host: Host, { hostname, tls }: ServeOptions, name: FrontName, front: Front): Listening {
  const shown = hostname.includes(":") ? `[${hostname}]` : hostname;
  const origin = `${tls ? "https" : "http"}://${shown}:${front.port}`;
  host.origin = origin;
  return {
    origin,
    port: front.port,
    front: name,
    connections: front.connections,
    finished: front.finished,
    stop(graceMs) {
      host.beginStop();
      return front.stop(graceMs);
    },
  };
}
