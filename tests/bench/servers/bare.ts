/** Bare `Deno.serve`, or Hono on it, in a process of its own: `bare.ts deno|hono WORK SETTING`; prints its origin. */
import { Hono } from "hono";
import { type BareHandler, bareHandler } from "./handlers.ts";

const [kind = "deno", work = "hello", setting = "{}"] = Deno.args;
const handler = bareHandler(work, JSON.parse(setting));

function fetcher(): BareHandler {
  if (kind === "deno") return handler;
  const app = new Hono();
  app.all("/api/*", (c) => handler(c.req.raw));
  return app.fetch;
}

Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  // Clients that leave in the middle of a body, as load generators do at their end, are no news.
  onError: () => new Response(null, { status: 500 }),
  onListen: ({ port }) => console.log(JSON.stringify({ origin: `http://127.0.0.1:${port}` })),
}, fetcher());
