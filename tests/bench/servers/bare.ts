/** Bare `Deno.serve`, or Hono on it, in a process of its own: `bare.ts deno|hono WORK SETTING`; prints its origin. */
import { Hono } from "hono";
import { type BareHandler, bareHandler } from "./handlers.ts";

const [kind = "deno", work = "hello", setting = "{}"] = Deno.args;
const handler = bareHandler(work, JSON.parse(setting));

/** Clients that leave in the middle of a body, as load generators do at their end, are no news. */
const failed = () => new Response(null, { status: 500 });

function fetcher(): BareHandler {
  if (kind === "deno") return handler;
  const app = new Hono();
  app.onError(failed);
  app.all("/api/*", (c) => handler(c.req.raw));
  return app.fetch;
}

Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  onError: failed,
  onListen: ({ port }) => console.log(JSON.stringify({ origin: `http://127.0.0.1:${port}` })),
}, fetcher());
