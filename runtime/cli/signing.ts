/** The key with which images are signed, as the command line names it. */
import { resolve } from "@std/path";
import { CliError } from "./errors.ts";
import type { Session } from "./session.ts";

/** The variable that names the file of the key where no option does. */
export const SIGNING_KEY_VARIABLE = "BERTH_SIGNING_KEY";

/** The text of the private key in a file: the option's, else the variable's; `undefined` when neither names one. */
export async function readSigningKey(
  session: Session,
  file: string | undefined,
): Promise<string | undefined> {
  const named = file ?? session.io.env(SIGNING_KEY_VARIABLE);
  if (!named) return undefined;
  const path = resolve(session.io.cwd, named);
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const from = file === undefined ? SIGNING_KEY_VARIABLE : "--sign";
    throw new CliError("file-unreadable", `Read ${path} for ${from} and failed: ${why}`);
  }
}
