/** What the egress scenario calls: answers "ok" after `target.ts DELAY_MS`; prints its origin. */
const delayMs = Number(Deno.args[0] ?? 20);

Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  onListen: ({ port }) => console.log(JSON.stringify({ origin: `http://127.0.0.1:${port}` })),
}, async () => {
  await new Promise((resolve) => setTimeout(resolve, delayMs));
  return new Response("ok");
});
