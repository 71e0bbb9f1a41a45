/** A host on a free port of loopback, in a process of its own: `host_process.ts FOLDER [FRONT]`; prints its origin. */
import { createHost } from "../../mod.ts";
import { listenHost } from "../../runtime/server/serve.ts";

const host = await createHost({ dataFolder: Deno.args[0] ?? "" });
const front = Deno.args[1] === "safe" ? "safe" : "fast";
console.log((await listenHost(host, { hostname: "127.0.0.1", port: 0, front })).origin);
