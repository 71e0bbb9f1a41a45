/** The fast front: `Deno.serve`. It has no time-outs of any kind. */
import { BerthError } from "../error.ts";
import { type Front, type FrontInfo, type FrontOptions, isLoopback } from "./front.ts";
import { problemResponse } from "./problem.ts";

/** Listens with `Deno.serve`. */
export function openFastFront({ hostname, port, tls, answer }: FrontOptions): Front {
  const answered = isLoopback(hostname) ? answer : withoutWebSockets(answer);
  const abort = new AbortController();
  const server = Deno.serve({
    hostname,
    port,
    signal: abort.signal,
    ...(tls ? { cert: tls.cert, key: tls.key } : {}),
    onListen: () => {},
  }, answered as Deno.ServeHandler<Deno.NetAddr>);
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

/**
 * Deno joins a message's fragments without a bound on their sum, and shows nobody the bytes before: one client of the
 * network could fill the device's memory. So where others connect this front takes no WebSockets at all.
 */
function withoutWebSockets(answer: FrontOptions["answer"]): FrontOptions["answer"] {
  return (request: Request, info: FrontInfo) =>
    request.headers.has("upgrade")
      ? problemResponse(
        new BerthError(
          "websocket-unbounded",
          "the fast front takes WebSocket connections of this machine only",
        ),
      )
      : answer(request, info);
}
