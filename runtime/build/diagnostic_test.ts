import { assertEquals } from "@std/assert";
import { clangDiagnostics, diagnosticLine, headedDiagnostics } from "./diagnostic.ts";

Deno.test("clang: errors, notes, colours, the linker; source excerpts are not taken for diagnostics", () => {
  const said = `\x1b[1msrc/a.cpp:3:15: \x1b[0m\x1b[0;1;31merror: \x1b[0m\x1b[1mno viable conversion\x1b[0m
    3 |   std::string s = 3;
      |               ^   ~
/usr/include/string:10:2: note: candidate
src/b.h:1:10: fatal error: 'x.h' file not found
wasm-ld: error: main.o: undefined symbol: missing()
2 errors generated.`;
  assertEquals(clangDiagnostics(said).map(diagnosticLine), [
    "src/a.cpp:3:15: error: no viable conversion",
    "/usr/include/string:10:2: note: candidate",
    "src/b.h:1:10: error: 'x.h' file not found",
    "error: main.o: undefined symbol: missing()",
  ]);
});

Deno.test("go names no severity: it prints errors only", () => {
  assertEquals(clangDiagnostics("# hello\n./main.go:4:2: undefined: x\n").map(diagnosticLine), [
    "./main.go:4:2: error: undefined: x",
  ]);
});

Deno.test("asc: the place stands below the message", () => {
  const said = `ERROR TS2304: Cannot find name 'nope'.
   :
 1 │ nope()
   │ ~~~~
   └─ in assembly/index.ts(1,42)

WARNING AS201: Conversion may fail.
   └─ in ~lib/x.ts(2,3)
FAILURE 1 compile error(s)`;
  assertEquals(headedDiagnostics(said).map(diagnosticLine), [
    "assembly/index.ts:1:42: error: Cannot find name 'nope'.",
    "~lib/x.ts:2:3: warning: Conversion may fail.",
  ]);
});

Deno.test("cargo: with and without an error number", () => {
  const said = `error[E0425]: cannot find value \`x\` in this scope
 --> src/lib.rs:4:5
  |
4 |     x
  |     ^ not found in this scope

error: could not compile \`hello\` (lib) due to 1 previous error`;
  assertEquals(headedDiagnostics(said).map(diagnosticLine), [
    "src/lib.rs:4:5: error: cannot find value `x` in this scope",
  ]);
  const alone = "error: could not compile `hello` (lib)";
  assertEquals(headedDiagnostics(alone).map(diagnosticLine), [alone]);
});
