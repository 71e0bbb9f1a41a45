/** Style as a test: import arrows, sizes of files and functions, no machine paths, nothing left undone. */
import { assertEquals } from "@std/assert";
import { dirname, join, normalize, relative } from "@std/path";
import { ARROWS, WORKER_PACKAGES } from "./arrows.ts";
import { functionLengths } from "./functions.ts";

const ROOT = normalize(join(import.meta.dirname ?? ".", "../.."));
const FILE_LINES_MAX = 400;
const FUNCTION_LINES_MAX = 70;

async function trackedFiles(): Promise<string[]> {
  const git = await new Deno.Command("git", {
    args: ["ls-files", "--cached", "--others", "--exclude-standard"],
    cwd: ROOT,
  }).output();
  const names = new TextDecoder().decode(git.stdout).split("\n").filter((name) => name !== "");
  return names.filter((name) => {
    try {
      return Deno.lstatSync(join(ROOT, name)).isFile;
    } catch {
      return false; // deleted in the work tree, still in the index
    }
  });
}

const files = await trackedFiles();
const sources = files.filter((name) => /\.tsx?$/.test(name) && !isGuestSource(name));

/** AssemblyScript looks like TypeScript and is not. */
function isGuestSource(name: string): boolean {
  return /^examples\/[^/]+\/(src|assembly)\//.test(name) || name.startsWith("abi/sdk/") ||
    name.includes("/assembly/") || name.includes("/templates/") || /^tests\/guests\/.*\.as\.ts$/.test(name);
}

const read = (name: string) => Deno.readTextFileSync(join(ROOT, name));

/** Import specifiers of a file, static, dynamic and for workers; comments are not looked at. */
function specifiers(text: string): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
  const found: string[] = [];
  for (const match of code.matchAll(/(?:^|\n)\s*(?:import|export)\b[^;"'`]*?\bfrom\s+"([^"]+)"/g)) {
    found.push(match[1]!);
  }
  for (const match of code.matchAll(/(?:^|\n)\s*import\s+"([^"]+)"/g)) found.push(match[1]!);
  for (const match of code.matchAll(/\bimport\(\s*"([^"]+)"/g)) found.push(match[1]!);
  return found;
}

function packageName(specifier: string): string {
  const parts = specifier.split("/");
  return specifier.startsWith("@") ? parts.slice(0, 2).join("/") : parts[0]!;
}

function allowed(from: string, specifier: string): boolean {
  const rule = ARROWS.find((candidate) => candidate.from.test(from));
  if (!rule) return false;
  if (specifier.startsWith("node:") || specifier === "@std/path") return true;
  if (!specifier.startsWith(".")) {
    return rule.packages.includes("*") || rule.packages.includes(packageName(specifier));
  }
  const target = relative(ROOT, normalize(join(ROOT, dirname(from), specifier)));
  const group = rule.from.exec(from)?.[1] ?? "";
  return rule.to.some((pattern) => new RegExp(pattern.source.replaceAll("$1", group)).test(target));
}

Deno.test("imports follow the arrows", () => {
  const wrong: string[] = [];
  for (const name of sources) {
    for (const specifier of specifiers(read(name))) {
      if (!allowed(name, specifier)) wrong.push(`${name} -> ${specifier}`);
    }
  }
  assertEquals(wrong, []);
});

Deno.test("the worker's import graph holds no package but the ones named", () => {
  const seen = new Set<string>();
  const packages = new Set<string>();
  const visit = (name: string) => {
    if (seen.has(name)) return;
    seen.add(name);
    const text = read(name).replace(/(?:^|\n)\s*(?:import|export) type\b[^;]*?from\s+"[^"]+";/g, "");
    for (const specifier of specifiers(text)) {
      if (specifier.startsWith(".")) visit(relative(ROOT, normalize(join(ROOT, dirname(name), specifier))));
      else if (!specifier.startsWith("node:")) packages.add(packageName(specifier));
    }
  };
  if (files.includes("runtime/worker/entry.ts")) visit("runtime/worker/entry.ts");
  assertEquals([...packages].filter((name) => !WORKER_PACKAGES.includes(name)), []);
});

Deno.test(`files have at most ${FILE_LINES_MAX} lines`, () => {
  const long = sources.filter((name) => read(name).split("\n").length > FILE_LINES_MAX + 1);
  assertEquals(long, []);
});

Deno.test(`functions have at most ${FUNCTION_LINES_MAX} lines`, () => {
  const long = sources.flatMap((name) =>
    functionLengths(read(name)).filter((fn) => fn.lines > FUNCTION_LINES_MAX).map((fn) =>
      `${name}:${fn.line} ${fn.name} (${fn.lines})`
    )
  );
  assertEquals(long, []);
});

Deno.test("exported symbols have a doc comment", () => {
  const bare: string[] = [];
  for (const name of sources.filter((source) => !/_test\.ts$|_bench\.ts$|^tests\//.test(source))) {
    const lines = read(name).split("\n");
    lines.forEach((line, index) => {
      if (
        !/^export (?:default )?(?:abstract |async |declare )*(?:class|function|const|let|interface|type(?! \{)|enum)\b/
          .test(line)
      ) return;
      let above = index - 1;
      while (above >= 0 && /^\s*(\/\/ deno-lint-ignore|@)/.test(lines[above]!)) above--;
      const overload = /^export (?:async )?function (\w+)/.exec(line)?.[1];
      const previous = lines.slice(0, index).some((other) =>
        overload && new RegExp(`^export (async )?function ${overload}\\b`).test(other)
      );
      if (!previous && !/\*\/\s*$/.test(lines[above] ?? "")) bare.push(`${name}:${index + 1}`);
    });
  }
  assertEquals(bare, []);
});

Deno.test("no machine's paths, no unreachable registry", () => {
  const wrong: string[] = [];
  const forbidden = new RegExp(
    ["/wor" + "k/", "/ro" + "ot/", "['\"]js" + "r:", "registry\\." + "npmjs"].join("|"),
  );
  for (
    const name of files.filter((file) =>
      !/\.(wasm|png|ico|tar|gz)$/.test(file) && !file.startsWith("tests/tidy/")
    )
  ) {
    if (forbidden.test(read(name))) wrong.push(name);
  }
  assertEquals(wrong, []);
});

Deno.test("no test is skipped or alone", () => {
  const pattern = new RegExp(`\\b(Deno\\.test|test)\\.(only|ignore|skip)\\(|\\bonly: true`);
  assertEquals(sources.filter((name) => pattern.test(read(name))), []);
});
