/** Reads what a build reads: the project's sources and the SDK of its language. */
import { createHash } from "node:crypto";
import { join } from "@std/path";
import { fileURLToPath } from "node:url";
import { BuildError } from "./errors.ts";
import type { Language, Project } from "./project.ts";

/** A file's path, with `/`, and its bytes. */
export type SourceFile = readonly [path: string, bytes: Uint8Array];

const SOURCE_MAX_BYTES = 64 << 20;

/** The project's files. */
export async function readProject(project: Project): Promise<SourceFile[]> {
  const files: SourceFile[] = [];
  let sum = 0;
  for (const path of project.files) {
    const bytes = await Deno.readFile(join(project.folder, path));
    sum += bytes.length;
    if (sum > SOURCE_MAX_BYTES) {
      throw new BuildError(
        "project-ambiguous",
        `Tried to read the sources in ${project.folder} and stopped at ${SOURCE_MAX_BYTES >> 20} MiB`,
      );
    }
    files.push([path, bytes]);
  }
  return files;
}

/** Where the SDK of a language lies in this installation. */
export function sdkFolder(language: Language): string {
  const folder = language === "c" || language === "cpp" ? `${language}/include` : language;
  return fileURLToPath(new URL(`../../abi/sdk/${folder}`, import.meta.url));
}

/** The SDK's files, by their path in it; none when this installation has no SDK for the language. */
export async function readSdk(language: Language, wanted: RegExp): Promise<SourceFile[]> {
  const root = sdkFolder(language);
  const files: SourceFile[] = [];
  const visit = async (folder: string, prefix: string) => {
    for await (const entry of Deno.readDir(folder)) {
      const path = prefix + entry.name;
      if (entry.isDirectory) await visit(join(folder, entry.name), `${path}/`);
      else if (wanted.test(path)) files.push([path, await Deno.readFile(join(folder, entry.name))]);
    }
  };
  await visit(root, "").catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  return files.sort(([a], [b]) => a < b ? -1 : 1);
}

/** A name for exactly these inputs: hex of a SHA-256 over them, each with its length. */
export function fingerprint(...inputs: readonly (string | readonly SourceFile[])[]): string {
  const hash = createHash("sha256");
  const add = (bytes: string | Uint8Array) => hash.update(`${bytes.length}:`).update(bytes);
  for (const input of inputs) {
    if (typeof input === "string") {
      add(input);
      continue;
    }
    add(`${input.length} files`);
    for (const [path, bytes] of input) {
      add(path);
      add(bytes);
    }
  }
  return hash.digest("hex");
}
