/** Writes `LIMITS.md` anew. */
import { limitsPage } from "./limits_page.ts";

await Deno.writeTextFile(new URL("./LIMITS.md", import.meta.url), limitsPage());
