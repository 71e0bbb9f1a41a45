/** What stands between a port and the host: one interface, two servers. */

import type { ConnectionBounds } from "./front_connections.ts";

/** `fast` is `Deno.serve`, which waits for its clients without end; `safe` is `node:http`, with time-outs. */
export type FrontName = "fast" | "safe";

/** A certificate chain and its key, PEM. */
export interface TlsFiles {
  /** The certificate, and those above it. */
  readonly cert: string;
  /** Its private key. */
  readonly key: string;
}

/** Where a request came from. */
export interface FrontInfo {
  readonly remoteAddr: { readonly hostname: string };
}

/** What a front needs. */
export interface FrontOptions {
  readonly hostname: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly tls: TlsFiles | null;
  /** Of the safe front; the fast one cannot count its connections. */
  readonly connections: ConnectionBounds;
  /** Answers; never rejects. */
  answer(request: Request, info: FrontInfo): Response | Promise<Response>;
}

/** A front that listens. */
export interface Front {
  /** Where it listens. */
  readonly port: number;
  /** Connections that are open, and that were refused; `null` where nobody counts. */
  readonly connections: { readonly open: number; readonly refused: number } | null;
  /** Resolves when it has ended. */
  readonly finished: Promise<void>;
  /** Takes no more connections and gives those there `graceMs` to end. */
  stop(graceMs: number): Promise<void>;
}

/** How long clients may take, on the safe front. */
export interface FrontTimeouts {
  /** For a request's head, from its first byte or the connection's beginning. */
  readonly headMaxMs: number;
  /** Without a byte of a body that is expected. */
  readonly bodyStallMaxMs: number;
  /** For a whole request; the largest image must come through a slow line in it. */
  readonly requestMaxMs: number;
  /** Without taking a byte of an answer that waits. */
  readonly readStallMaxMs: number;
  /** Between two requests of a connection. */
  readonly keepAliveMs: number;
}

/** For devices on networks with slow and lossy links. */
export const FRONT_TIMEOUTS: FrontTimeouts = {
  headMaxMs: 10_000,
  bodyStallMaxMs: 20_000,
  requestMaxMs: 900_000,
  readStallMaxMs: 60_000,
  keepAliveMs: 5_000,
};

/** Whether only this machine reaches an address. */
export function isLoopback(hostname: string): boolean {
  return /^(127(\.\d{1,3}){3}|localhost|\[?::1\]?)$/i.test(hostname);
}
