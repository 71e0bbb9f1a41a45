/** Puts a host on a port. */
import type { Host } from "../host.ts";

/** Where to listen. */
export interface ServeOptions {
  readonly hostname: string;
  /** 0 takes a free one. */
  readonly port: number;
}

/** A host that listens. */
export interface Listening {
  readonly origin: string;
  readonly port: number;
  /** Resolves when the server has ended. */
  readonly finished: Promise<void>;
  /** Takes no more connections and gives those there `graceMs` to end. */
  stop(graceMs: number): Promise<void>;
}

/** Listens with `Deno.serve`. */
export function serveHost(host: Host, options: ServeOptions): Listening {
  const abort = new AbortController();
  const server = Deno.serve({
    hostname: options.hostname,
    port: options.port,
    signal: abort.signal,
    onListen: () => {},
  }, host.fetch as Deno.ServeHandler<Deno.NetAddr>);
  const shown = options.hostname.includes(":") ? `[${options.hostname}]` : options.hostname;
  const origin = `http://${shown}:${server.addr.port}`;
  host.origin = origin;
  return {
    origin,
    port: server.addr.port,
    finished: server.finished,
    async stop(graceMs) {
      const timer = setTimeout(() => abort.abort(), graceMs);
      await server.shutdown();
      clearTimeout(timer);
    },
  };
}
