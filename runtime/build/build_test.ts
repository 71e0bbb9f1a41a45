import {
  assert,
  assertEquals,
  assertGreater,
  assertLess,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { join } from "@std/path";
import { Builder } from "./build.ts";
import type { Diagnostic } from "./diagnostic.ts";
import { BuildError } from "./errors.ts";

/** One builder for all: a compiler takes half a gigabyte and two seconds to start. */
const cacheFolder = await Deno.makeTempDir({ prefix: "berth-build-test-" });
const builder = new Builder(join(cacheFolder, "cache"));

Deno.test.afterAll(async () => {
  builder.close();
  await Deno.remove(cacheFolder, { recursive: true });
});

async function project(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await Deno.makeTempDir({ dir: cacheFolder });
  for (const [path, text] of Object.entries(files)) {
    await Deno.mkdir(join(folder, path, ".."), { recursive: true });
    await Deno.writeTextFile(join(folder, path), text);
  }
  return folder;
}

async function instance(path: string): Promise<WebAssembly.Exports> {
  const module = await WebAssembly.compile(await Deno.readFile(path));
  // Standard libraries import WASI for paths that these tests do not take.
  const imports = WebAssembly.Module.imports(module).map(({ name }) => [name, () => 0]);
  return (await WebAssembly.instantiate(module, { wasi_snapshot_preview1: Object.fromEntries(imports) }))
    .exports;
}

const C_ADD = `
#include "add.h"
__attribute__((export_name("add"))) int add(int a, int b) { return a + b; }
`;

Deno.test("C of several files and an include folder becomes a reactor; unchanged, it is not compiled again", async () => {
  const folder = await project({
    "berth.json": `{"name":"adder","module":"out/adder.wasm"}`,
    "include/add.h": "int add(int a, int b);\n",
    "src/add.c": C_ADD,
    "src/twice.c":
      `#include "add.h"\n__attribute__((export_name("twice"))) int twice(int a) { return add(a, a); }\n`,
    "tests/no_part_of_it.c": "this does not compile",
  });
  const first = await builder.build(folder);
  assertEquals([first.project.language, first.cached], ["c", false]);
  assertEquals(first.modulePath, join(folder, "out/adder.wasm"));
  const { twice, _initialize } = await instance(first.modulePath);
  assert(typeof _initialize === "function", "a reactor has _initialize");
  assert(typeof twice === "function");
  assertEquals(twice(21), 42);

  assertEquals((await builder.build(folder)).cached, true);
  await Deno.writeTextFile(join(folder, "include/add.h"), "int add(int a, int b); // changed\n");
  assertEquals((await builder.build(folder)).cached, false);
});

Deno.test("C++ keeps function names for backtraces; a release has none and is smaller", async () => {
  const folder = await project({
    // Without the standard library's headers: this is about names, and those take seconds to compile.
    "main.cpp": `
      template <class T> struct Sum { T value{}; __attribute__((noinline)) T add(T n) { return value += n; } };
      static Sum<int> sum;
      extern "C" __attribute__((export_name("grow"))) int grow(int n) { return sum.add(n) + sum.add(1); }`,
  });
  const dev = await builder.build(folder);
  const names = (path: string) =>
    WebAssembly.Module.customSections(new WebAssembly.Module(Deno.readFileSync(path)), "name").length;
  assertEquals([dev.project.language, names(dev.modulePath)], ["cpp", 1]);
  const release = await builder.build(folder, { release: true, output: join(folder, "release.wasm") });
  assertEquals(names(release.modulePath), 0);
  assertLess(release.sizeBytes, dev.sizeBytes);
  const { grow } = await instance(release.modulePath);
  assert(typeof grow === "function");
  assertEquals(grow(5), 11);
});

Deno.test("a program with a main becomes a command", async () => {
  const folder = await project({ "hello.c": `int main(void) { return 0; }` });
  const { modulePath } = await builder.build(folder);
  const exports = WebAssembly.Module.exports(new WebAssembly.Module(await Deno.readFile(modulePath)));
  assertEquals(exports.map(({ name }) => name).sort(), ["_start", "memory"]);
});

Deno.test("an error of clang comes through with file, line, column and its text", async () => {
  const folder = await project({ "src/main.c": "int f(void) {\n  return nothing;\n}\n" });
  const error = await assertRejects(() => builder.build(folder), BuildError, "src/main.c:2:10: error:");
  assertEquals(error.code, "compile-failed");
  const [first] = error.data["diagnostics"] as Diagnostic[];
  assertEquals([first?.file, first?.line, first?.column], ["src/main.c", 2, 10]);
  assertStringIncludes(String(error.data["output"]), "return nothing;");
  assert(!String(error.data["output"]).includes("\x1b["), "no colours unless asked for");
});

Deno.test("warnings are told, again when nothing was compiled", async () => {
  const folder = await project({ "w.c": "void f(void) {\n  int idle;\n}\n" });
  for (const cached of [false, true]) {
    const result = await builder.build(folder, { colour: true });
    assertEquals(result.cached, cached);
    assertEquals(result.diagnostics.map(({ severity, line }) => [severity, line]), [["warning", 2]]);
    assertStringIncludes(result.output, "\x1b[");
  }
});

Deno.test("AssemblyScript compiles without an import of its own", async () => {
  const folder = await project({
    "assembly/index.ts":
      `import { half } from "./half";\nexport function run(n: i32): i32 { const s = "x".repeat(n); return half(s.length); }\n`,
    "assembly/half.ts": "export function half(n: i32): i32 { return n / 2; }\n",
  });
  const result = await builder.build(folder);
  assertEquals(result.project.language, "assemblyscript");
  assertGreater(result.sizeBytes, 100);
  const { run } = await instance(result.modulePath);
  assert(typeof run === "function");
  assertEquals(run(10), 5);
});

Deno.test("an error of asc comes through with file, line and column", async () => {
  const folder = await project({ "assembly/index.ts": `export function f(): i32 {\n  return g();\n}\n` });
  const error = await assertRejects(() => builder.build(folder), BuildError);
  const [first] = error.data["diagnostics"] as Diagnostic[];
  assertEquals([first?.file, first?.line, first?.column], ["assembly/index.ts", 2, 10]);
  assertStringIncludes(first?.message ?? "", "Cannot find name 'g'");
});

Deno.test("a folder without sources, or none at all, is told", async () => {
  const empty = await assertRejects(async () => builder.build(await project({ "a.txt": "" })), BuildError);
  assertEquals(empty.code, "project-not-found");
  const none = await assertRejects(() => builder.build(join(cacheFolder, "none")), BuildError);
  assertEquals(none.code, "project-not-found");
});

Deno.test("a compiler that is not on PATH is named", async () => {
  const folder = await project({ "build.zig": "", "src/main.zig": "" });
  const path = Deno.env.get("PATH") ?? "";
  Deno.env.set("PATH", cacheFolder);
  try {
    const error = await assertRejects(() => builder.build(folder), BuildError, "zig");
    assertEquals(error.code, "toolchain-missing");
  } finally {
    Deno.env.set("PATH", path);
  }
});

Deno.test("a compiler on PATH is run in the project and its module taken", async () => {
  if (Deno.build.os === "windows") return; // the stand-in below is a shell script
  const tools = await Deno.makeTempDir({ dir: cacheFolder });
  const script = `#!/bin/sh
[ "$GOOS" = wasip1 ] && [ -f go.mod ] || exit 3
while [ "$1" != -o ]; do shift; done
printf '\\000asm\\001\\000\\000\\000' > "$2"
echo "./main.go:1:2: note: a word" >&2
`;
  await Deno.writeTextFile(join(tools, "go"), script, { mode: 0o755 });
  const folder = await project({ "go.mod": "module x\n", "main.go": "package main\n" });
  const path = Deno.env.get("PATH") ?? "";
  Deno.env.set("PATH", `${tools}:${path}`);
  try {
    const result = await builder.build(folder);
    assertEquals([result.project.language, result.sizeBytes, result.cached], ["go", 8, false]);
    assertEquals(result.diagnostics.map(({ severity, message }) => [severity, message]), [[
      "note",
      "a word",
    ]]);
  } finally {
    Deno.env.set("PATH", path);
  }
});

Deno.test("several sources: one that did not change is not compiled again, a header's change reaches all", async () => {
  const folder = await project({
    "src/a.c":
      '#include "n.h"\nint b(void);\n__attribute__((export_name("a"))) int a(void) { return b() + N; }\n',
    "src/b.c": "int b(void) { return 40; }\n",
    "src/n.h": "#define N 2\n",
  });
  const answer = async () => {
    const { modulePath, cached } = await builder.build(folder);
    assert(!cached);
    const { instance } = await WebAssembly.instantiate(await Deno.readFile(modulePath));
    return (instance.exports["a"] as () => number)();
  };
  const objects = async () =>
    (await Array.fromAsync(Deno.readDir(join(cacheFolder, "cache", "object")))).length;
  assertEquals(await answer(), 42);
  const before = await objects();
  await Deno.writeTextFile(join(folder, "src/b.c"), "int b(void) { return 50; }\n");
  assertEquals([await answer(), await objects()], [52, before + 1]);
  await Deno.writeTextFile(join(folder, "src/n.h"), "#define N 5\n");
  assertEquals([await answer(), await objects()], [55, before + 3]);
});

Deno.test("a builder for one build runs the compiler in a process, with the same module and errors", async () => {
  using once = new Builder(join(cacheFolder, "once"), "once");
  const folder = await project({
    "src/a.c": '__attribute__((export_name("a"))) int a(void) { return 7; }\n',
  });
  const own = await once.build(folder, { output: join(folder, "once.wasm") });
  const other = await builder.build(folder, { output: join(folder, "again.wasm") });
  assertEquals(await Deno.readFile(own.modulePath), await Deno.readFile(other.modulePath));
  await Deno.writeTextFile(join(folder, "src/a.c"), "int a(void) { return x; }\n");
  const error = await assertRejects(() => once.build(folder), BuildError);
  assertStringIncludes(error.message, "undeclared identifier 'x'");
});

Deno.test("sources somewhere below a folder do not make it a project", async () => {
  const folder = await project({ "one/src/main.c": "int x;\n", "two/main.cpp": "int x;\n" });
  const error = await assertRejects(() => builder.build(folder), BuildError);
  assertEquals(error.code, "project-not-found");
});
