/** The load generator that is always there: HTTP/1.1 over Deno's sockets, in a process of its own. */
import { type LoadGenerator, type LoadResult, runForJson } from "./load.ts";

const SCRIPT = decodeURIComponent(new URL("./bundled_process.ts", import.meta.url).pathname);

/** See the file's comment; its own cost is many times wrk's, so ratios near 1 are nearer to 1 than they should be. */
export const bundledLoad: LoadGenerator = {
  name: "bundled",
  async run(origin, request, options) {
    const args = ["run", "--allow-net=127.0.0.1", "--no-check", "--quiet", SCRIPT];
    return await runForJson(Deno.execPath(), [
      ...args,
      origin,
      JSON.stringify({ request, options }),
    ]) as LoadResult;
  },
};
