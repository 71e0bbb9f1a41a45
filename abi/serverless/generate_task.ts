/** Writes every file that follows from the table: the raw layers of the SDKs and the tables of SPEC.md. */
import { generatedFiles } from "./generate/files.ts";

const root = new URL("../../", import.meta.url);

for (const [path, text] of generatedFiles(root)) {
  const url = new URL(path, root);
  const before = await Deno.readTextFile(url).catch(() => "");
  if (before === text) continue;
  await Deno.writeTextFile(url, text);
  console.log(`wrote ${path}`);
}
