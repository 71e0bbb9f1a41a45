/** Projects that `berth new` writes: files in `templates/<language>`, with the service's name filled in. */
import { dirname, join } from "@std/path";
import { fileURLToPath } from "node:url";
import { sdkFolder } from "../build/source.ts";
import { CliError } from "./errors.ts";

/** Languages that have a template; a folder each, and the SDK that it uses. */
export const TEMPLATE_LANGUAGES = ["cpp", "c", "assemblyscript", "rust", "go", "zig"] as const;

/** A language of {@link TEMPLATE_LANGUAGES}. */
export type TemplateLanguage = typeof TEMPLATE_LANGUAGES[number];

/** Kept under this name so that Berth's own git does not read it. */
const RENAMED: Readonly<Record<string, string>> = { "gitignore": ".gitignore" };

/** Writes a new project; gives its files. Throws `folder-taken` when the folder holds anything. */
export async function writeTemplate(
  language: TemplateLanguage,
  name: string,
  folder: string,
): Promise<string[]> {
  for await (const _entry of readDirOrNothing(folder)) {
    throw new CliError("folder-taken", `Tried to write a new service to ${folder}, which is not empty`);
  }
  const root = fileURLToPath(new URL(`./templates/${language}`, import.meta.url));
  // Rust and Go name the SDK in the project; a path of this installation, with slashes that every system takes.
  const sdk = sdkFolder(language).replaceAll("\\", "/");
  const written: string[] = [];
  const visit = async (below: string) => {
    for await (const entry of Deno.readDir(join(root, below))) {
      const path = below === "" ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory) {
        await visit(path);
        continue;
      }
      const target = join(below, RENAMED[entry.name] ?? entry.name);
      const text = await Deno.readTextFile(join(root, path));
      await Deno.mkdir(dirname(join(folder, target)), { recursive: true });
      await Deno.writeTextFile(
        join(folder, target),
        text.replaceAll("{{name}}", name).replaceAll("{{sdk}}", sdk),
      );
      written.push(target);
    }
  };
  await visit("");
  return written.sort();
}

async function* readDirOrNothing(folder: string): AsyncGenerator<Deno.DirEntry> {
  try {
    yield* Deno.readDir(folder);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    if (!(error instanceof Deno.errors.NotADirectory)) throw error;
    throw new CliError("folder-taken", `Tried to write a new service to ${folder}, which is a file`);
  }
}
