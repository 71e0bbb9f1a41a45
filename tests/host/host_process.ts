/** A host on a free port of loopback, in a process of its own: `host_process.ts FOLDER`; prints its origin. */
import { createHost, serveHost } from "../../mod.ts";

const host = await createHost({ dataFolder: Deno.args[0] ?? "" });
console.log(serveHost(host, { hostname: "127.0.0.1", port: 0 }).origin);
