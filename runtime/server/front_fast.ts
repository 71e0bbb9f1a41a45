/** The fast front: `Deno.serve`. It has no time-outs of any kind. */
import type { Front, FrontOptions } from "./front.ts";

/** Listens with `Deno.serve`. */
export function openFastFront({ hostname, port, tls, answer }: FrontOptions): Front {
  const abort = new AbortController();
  const server = Deno.serve({
    hostname,
    port,
    signal: abort.signal,
    ...(tls ? { cert: tls.cert, key: tls.key } : {}),
    onListen: () => {},
  }, answer as Deno.ServeHandler<Deno.NetAddr>);
  return {
    port: server.addr.port,
    connections: null,
    finished: server.finished,
    async stop(graceMs) {
      if (graceMs === 0) return abort.abort();
      // Once it shuts down, Deno's server cannot be aborted any more (the signal throws, and nobody can catch that):
      // what is open when the time is over ends with the host's services, or with the process.
      const { promise: over, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, graceMs);
      await Promise.race([server.shutdown(), over]);
      clearTimeout(timer);
    },
  };
}
