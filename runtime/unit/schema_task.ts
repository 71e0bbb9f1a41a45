/** `deno task schema`: writes the manifest's JSON Schema beside its source. */
import { manifestJsonSchema } from "./manifest_schema.ts";

/** The file's text as it must be. */
export function manifestSchemaText(): string {
  return JSON.stringify(manifestJsonSchema(), null, 2) + "\n";
}

/** Where it is. */
export const MANIFEST_SCHEMA_FILE = new URL("./manifest.schema.json", import.meta.url);

if (import.meta.main) {
  await Deno.writeTextFile(MANIFEST_SCHEMA_FILE, manifestSchemaText());
}
