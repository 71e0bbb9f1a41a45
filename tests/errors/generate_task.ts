/** Writes `runtime/ERRORS.md` anew. */
import { join } from "@std/path";
import { errorsPage } from "./page.ts";
import { fromFileUrl } from "./root.ts";

await Deno.writeTextFile(join(fromFileUrl(), "runtime/ERRORS.md"), errorsPage());
