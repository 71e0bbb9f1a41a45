/**
 * A Deno process with so much of what Berth is made of: `layers.ts STEP`; prints an origin. Each step has all before
 * it, and nothing is imported that the step does not name.
 */

/** The steps before a host is made. */
export const STEPS = ["deno", "serve", "hono", "zod", "node", "modules"] as const;

/** What of Node a host uses in its own thread. */
const NODE_MODULES = ["path", "fs", "crypto", "sqlite", "zlib"];

/** Loads and starts what the steps up to this one name. */
async function build(upTo: number): Promise<void> {
  const at = (step: typeof STEPS[number]) => upTo >= STEPS.indexOf(step);
  let handler = (_request: Request): Response | Promise<Response> => new Response("hello");
  if (at("hono")) {
    const { Hono } = await import("hono");
    const app = new Hono();
    app.get("/*", (c) => c.text("hello"));
    handler = (request) => app.fetch(request);
  }
  if (at("zod")) {
    const { z } = await import("zod");
    z.strictObject({ name: z.string() }).parse({ name: "hello" });
  }
  if (at("node")) { for (const name of NODE_MODULES) await import(`node:${name}`); }
  if (at("modules")) await import("../../../mod.ts");
  if (!at("serve")) {
    console.log(JSON.stringify({ origin: "" }));
    setInterval(() => {}, 60_000);
    return;
  }
  Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen: ({ port }) => console.log(JSON.stringify({ origin: `http://127.0.0.1:${port}` })),
  }, handler);
}

if (import.meta.main) await build((STEPS as readonly string[]).indexOf(Deno.args[0] ?? ""));
