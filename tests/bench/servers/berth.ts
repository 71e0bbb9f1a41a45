/**
 * A Berth host in a process of its own: `berth.ts FOLDER OPTIONS [weighed]`; prints its origin. Everything else goes
 * through its management API, as for any client.
 */
import { createHost, type HostOptions, serveHost } from "../../../mod.ts";
import { heapBytes, weighWorkers } from "./weighed.ts";

const [dataFolder = "", options = "{}", weighed] = Deno.args;
const worker = weighed ? weighWorkers() : null;
const host = await createHost({
  dataFolder,
  ownProcess: true,
  ...JSON.parse(options) as Partial<HostOptions>,
});
console.log(JSON.stringify({ origin: serveHost(host, { hostname: "127.0.0.1", port: 0 }).origin }));

// Asked for by a signal, told in a file: no request of the host's own gets in between.
if (worker) {
  Deno.addSignalListener("SIGUSR2", () => {
    const text = JSON.stringify({ host: heapBytes(), worker: worker[0] });
    Deno.writeTextFileSync(`${dataFolder}/heaps.part`, text);
    Deno.renameSync(`${dataFolder}/heaps.part`, `${dataFolder}/heaps`);
  });
}

// An orderly end, so that a profiler writes what it has.
Deno.addSignalListener("SIGTERM", async () => {
  await host.close();
  Deno.exit(0);
});
