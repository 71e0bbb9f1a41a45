/**
 * A Berth host in a process of its own: `berth.ts FOLDER OPTIONS`; prints its origin. Everything else goes through
 * its management API, as for any client.
 */
import { createHost, type HostOptions, serveHost } from "../../../mod.ts";

const [dataFolder = "", options = "{}"] = Deno.args;
const host = await createHost({ dataFolder, ...JSON.parse(options) as Partial<HostOptions> });
console.log(JSON.stringify({ origin: serveHost(host, { hostname: "127.0.0.1", port: 0 }).origin }));

// An orderly end, so that a profiler writes what it has.
Deno.addSignalListener("SIGTERM", async () => {
  await host.close();
  Deno.exit(0);
});
