/** The command line: `berth`. */
import { processIo } from "./runtime/cli/io.ts";
import { main } from "./runtime/cli/start.ts";

export { main };

if (import.meta.main) Deno.exit(await main(Deno.args, processIo()));
