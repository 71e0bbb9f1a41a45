/** What the first `deno run -A cli.ts` has to fetch: no compiler, no tool of the tests. */
import { assertEquals } from "@std/assert";
import { dirname, join, normalize, relative } from "@std/path";

const ROOT = normalize(join(import.meta.dirname ?? "", "../.."));

const CONFIG: { unstable: string[]; imports: Record<string, string> } = JSON.parse(
  Deno.readTextFileSync(join(ROOT, "deno.json")),
);

/** Packages of a running host and of the command line; with what they need they are 10 MB unpacked. */
const PACKAGES = [
  "cli-table3",
  "commander",
  "hono",
  "jose",
  "modern-tar",
  "multicast-dns",
  "picocolors",
  "yocto-spinner",
  "zod",
];

/** Every module that can be imported from here, at once or later; workers are modules of their own. */
function reach(file: string, seen: Set<string>, packages: Set<string>): void {
  if (seen.has(file)) return;
  seen.add(file);
  const text = Deno.readTextFileSync(join(ROOT, file))
    .replaceAll(/\/\*[^]*?\*\//g, "").replaceAll(/^\s*\/\/.*$/gm, "")
    .replaceAll(/(?:^|\n)\s*(?:import|export) type\b[^;]*?;/g, "");
  for (const [, specifier = ""] of text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*"([^"]+)"/g)) {
    const target = /^\.\.?\//.test(specifier)
      ? relative(ROOT, normalize(join(ROOT, dirname(file), specifier)))
      : "";
    if (target !== "") reach(target, seen, packages);
    else if (!specifier.startsWith("node:") && specifier !== "@std/path") packages.add(nameOf(specifier));
  }
}

/** What the host loads by addresses of its own, when it is wanted. */
function later(): string[] {
  const door = Deno.readTextFileSync(join(ROOT, "runtime/management_door.ts"));
  const files = [...door.matchAll(/import\(new URL\("\.\/([\w./]+)"/g)].map(([, file]) => `runtime/${file}`);
  assertEquals(files.length, 4);
  return files;
}

const nameOf = (specifier: string) =>
  specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1).join("/");

Deno.test("a host starts without a compiler or a tool of the tests", () => {
  const seen = new Set<string>(), packages = new Set<string>();
  for (const entry of ["cli.ts", ...later(), "runtime/worker/entry.ts"]) reach(entry, seen, packages);
  assertEquals([seen.has("runtime/host.ts"), seen.has("runtime/build/build.ts")], [true, true]);
  // What else looks like an import stands in a text; the type checker would not take an unknown one.
  assertEquals([...packages].filter((name) => name in CONFIG.imports).sort(), PACKAGES);
});

Deno.test("packages are fetched when they are imported, not all of them at the start", () => {
  assertEquals(CONFIG.unstable.includes("npm-lazy-caching"), true);
});
