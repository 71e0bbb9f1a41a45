/** Berth as one JavaScript file: command line, host, workers, SDKs and templates as compressed text in it. */
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { basename, dirname, join } from "@std/path";
import { fileURLToPath } from "node:url";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../..");

/** The workers, by the source that starts them; each becomes a set of chunks in the bundle. */
const WORKERS = {
  entry: "runtime/worker/entry.ts",
  run: "runtime/worker/run_entry.ts",
  clang: "runtime/build/clang_worker.ts",
  asc: "runtime/build/asc_worker.ts",
  binaryen: "runtime/build/binaryen_worker.ts",
} as const;

/** Compilers weigh 100 MB and more: Deno takes them from npm when `berth build` first wants them. */
const FROM_NPM = ["@yowasp/clang", "assemblyscript", "binaryen"] as const;

/** What the sources look for beside themselves, and where the bundle has it. A new one must be added here. */
const BESIDE: readonly (readonly [source: string, inBundle: string])[] = [
  [`new URL("./entry.ts", import.meta.url)`, `__berth.worker("entry")`],
  [`new URL("./worker/run_entry.ts", import.meta.url)`, `__berth.worker("run")`],
  [`new URL("./clang_worker.ts", import.meta.url)`, `__berth.worker("clang")`],
  // No file is there: the compiler runs in its worker.
  [`new URL("./clang_process.ts", import.meta.url)`, `new URL("blob:berth")`],
  [`new URL("./asc_worker.ts", import.meta.url)`, `__berth.worker("asc")`],
  [`new URL("./binaryen_worker.ts", import.meta.url)`, `__berth.worker("binaryen")`],
  ["new URL(`../../abi/sdk/${folder}`, import.meta.url)", "new URL(`sdk/${folder}`, __berth.files())"],
  [
    "new URL(`./templates/${language}`, import.meta.url)",
    "new URL(`templates/${language}`, __berth.files())",
  ],
  [`import(new URL("./management.ts", import.meta.url).href)`, `__berth.load("management.js")`],
  [`import(new URL("./server/app.ts", import.meta.url).href)`, `__berth.load("app.js")`],
  [`import(new URL("./auth/jose.ts", import.meta.url).href)`, `__berth.load("jose.js")`],
  [`import(new URL("./discovery/multicast.ts", import.meta.url).href)`, `__berth.load("multicast.js")`],
  [`new URL("./", import.meta.url)`, `new URL("blob:berth")`],
  // Used for `require("node:…")` only; an address that is always a file's.
  ["createRequire(import.meta.url)", `createRequire("file:///berth.js")`],
  // The bundle is the program, also where a small module at its front imports it.
  ["if (import.meta.main)", "if (true)"],
];

/** The program: its entry, and what it loads later by an address of its own. */
const MAIN = [
  "cli.ts",
  "runtime/management.ts",
  "runtime/server/app.ts",
  "runtime/auth/jose.ts",
  "runtime/discovery/multicast.ts",
] as const;

const FOLDERS = { sdk: "abi/sdk", templates: "runtime/cli/templates" } as const;
const NOT_SOURCE = /^(node_modules|target|build|dist|\.)/;

/** The first line lets the file be started as a program. */
export const SHEBANG =
  "#!/usr/bin/env -S deno run -A --no-config --unstable-worker-options --v8-flags=--no-short-builtin-calls";

/** Berth in one piece. */
export interface Bundle {
  /** As one JavaScript file. */
  readonly file: string;
  /** What starts it where `__berthPart(name)` gives the parts. */
  readonly boot: string;
  /** Compressed text by name; what a host does not use it does not hold. */
  readonly parts: Readonly<Record<string, Uint8Array>>;
}

/**
 * Makes the bundle; runs `deno bundle`, which fetches esbuild from npm the first time.
 * @throws Error when a source finds something beside itself that the bundle would not have
 */
export async function makeBundle(): Promise<Bundle> {
  const packages = await packageVersions();
  // The first run alone: it puts esbuild in place, and several at once would take it from each other.
  const main = await chunksOf(MAIN, packages);
  checkEntry(main);
  const parts: Record<string, Uint8Array> = {};
  for (const [file, text] of Object.entries(main)) parts[`main/${file}`] = gzipSync(text, { level: 9 });
  await Promise.all(
    Object.entries(WORKERS).map(async ([name, entry]) => {
      parts[`worker/${name}`] = gzipSync(JSON.stringify(await chunksOf([entry], packages)), { level: 9 });
    }),
  );
  const files = JSON.stringify(await embeddedFiles());
  parts.files = gzipSync(files, { level: 9 });
  const prelude = [
    `const MAIN = ${JSON.stringify(Object.keys(main))};`,
    `const FILES_HASH = "${createHash("sha256").update(files).digest("hex").slice(0, 16)}";`,
    await Deno.readTextFile(join(ROOT, "runtime/dist/prelude.js")),
  ].join("\n");
  const boot = asciiOnly(`const part = __berthPart;\n${prelude}`);
  return { file: asciiOnly(oneFile(parts, prelude)), boot, parts };
}

function oneFile(parts: Bundle["parts"], prelude: string): string {
  const texts = Object.entries(parts).map(([name, bytes]) => [name, bytes.toBase64()] as const);
  return [
    SHEBANG,
    "// Berth, in one file. MIT license; the packages in it keep their own.",
    `const PARTS = ${JSON.stringify(Object.fromEntries(texts))};`,
    "const part = (name) => Uint8Array.fromBase64(PARTS[name]);",
    prelude,
  ].join("\n");
}

/** The program runs for as long as its entry is loaded: a chunk that waited for it would wait until the end. */
function checkEntry(chunks: Readonly<Record<string, string>>): void {
  const [entry = ""] = Object.keys(chunks);
  const waits = Object.keys(chunks).find((file) => chunks[file]?.includes(`"./${entry}"`));
  if (waits) throw new Error(`Bundled cli.ts and found that its chunk ${waits} imports the entry`);
}

/** The chunks of a program or a worker as they go into the bundle. */
async function chunksOf(
  entries: readonly string[],
  packages: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  const chunks = await bundleChunks(entries);
  for (const [file, text] of Object.entries(chunks)) {
    chunks[file] = asciiOnly(takeFromNpm(settle(text, entries.join(", ")), packages));
  }
  return chunks;
}

/** One character beyond Latin-1 makes V8 hold the whole text with two bytes for each. */
function asciiOnly(text: string): string {
  return text.replaceAll(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Puts what the bundle has in the place of what lay beside the sources. */
function settle(text: string, of: string): string {
  const settled = BESIDE.reduce((before, [source, inBundle]) => before.replaceAll(source, inBundle), text);
  const left = settled.split("\n").find((line) =>
    line.includes("import.meta") && !/^\s*(\/\/|\*)/.test(line)
  );
  if (left === undefined) return settled;
  throw new Error(
    `Bundled ${of} and found a thing that lies beside its source: ${left.trim()}\n` +
      "Add it to BESIDE in runtime/dist/bundle.ts.",
  );
}

/** Packages left outside of a worker's bundle, by the version that deno.json names. */
function takeFromNpm(text: string, versions: Readonly<Record<string, string>>): string {
  return FROM_NPM.reduce(
    (before, name) =>
      before.replaceAll(
        new RegExp(`(from |import\\()"${name}(/[^"]*)?"`, "g"),
        (_whole, before: string, path: string | undefined) =>
          `${before}"${versions[name] ?? name}${path ?? ""}"`,
      ),
    text,
  );
}

async function packageVersions(): Promise<Readonly<Record<string, string>>> {
  const config: { imports: Record<string, string> } = JSON.parse(
    await Deno.readTextFile(join(ROOT, "deno.json")),
  );
  return config.imports;
}

/**
 * A program in chunks by file name, the first one its entry: what a service does not use (a capability, an ABI, and the
 * parts of Node that they need) is not loaded into its worker, and what a command does not use not into the host.
 */
async function bundleChunks(entries: readonly string[]): Promise<Record<string, string>> {
  const texts = await bundled(entries);
  const first = `${basename(entries[0] ?? "", ".ts")}.js`;
  const { [first]: text, ...others } = texts;
  if (text !== undefined) return { [first]: text, ...others };
  throw new Error(
    `Ran deno bundle on ${entries.join(", ")} and found no ${first} in ${Object.keys(texts).join(", ")}`,
  );
}

async function bundled(entries: readonly string[]): Promise<Record<string, string>> {
  const external = FROM_NPM.flatMap((name) => ["--external", name, "--external", `${name}/*`]);
  const folder = await Deno.makeTempDir({ prefix: "berth-bundle-" });
  try {
    const options = ["--quiet", "--platform", "deno", "--code-splitting", ...external, "--outdir", folder];
    const command = new Deno.Command(Deno.execPath(), {
      args: ["bundle", ...options, ...entries],
      cwd: ROOT,
      stdout: "null",
      stderr: "piped",
    });
    const { success, stderr } = await command.output();
    if (!success) {
      throw new Error(
        `Ran deno bundle on ${entries.join(", ")} and it failed: ${new TextDecoder().decode(stderr)}`,
      );
    }
    return flatten(await textsIn(folder));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function textsIn(folder: string): Promise<Record<string, string>> {
  const texts: Record<string, string> = {};
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) Object.assign(texts, await textsIn(join(folder, name)));
    else texts[name] = await Deno.readTextFile(join(folder, name));
  }
  return texts;
}

/** Several entries come in folders like their sources'; here all chunks lie beside each other. */
function flatten(texts: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(texts).map(([name, text]) => {
      const flat = text.replaceAll(
        /"(?:\.\.?\/)+(?:[\w-]+\/)*([\w.-]+\.js)"/g,
        (whole, named) => named in texts ? `"./${named}"` : whole,
      );
      return [name, flat];
    }),
  );
}

async function embeddedFiles(): Promise<Readonly<Record<string, string>>> {
  const files: Record<string, string> = {};
  const visit = async (folder: string, name: string) => {
    for await (const entry of Deno.readDir(join(ROOT, folder))) {
      if (NOT_SOURCE.test(entry.name)) continue;
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory) await visit(path, `${name}/${entry.name}`);
      else files[`${name}/${entry.name}`] = await Deno.readTextFile(join(ROOT, path));
    }
  };
  for (const [name, folder] of Object.entries(FOLDERS)) await visit(folder, name);
  return Object.fromEntries(Object.entries(files).sort(([a], [b]) => a < b ? -1 : 1));
}
