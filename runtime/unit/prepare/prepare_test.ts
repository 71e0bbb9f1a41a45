import { assert, assertEquals, assertNotEquals, assertStringIncludes, assertThrows } from "@std/assert";
import wabt from "wabt";
import { BerthError } from "../../error.ts";
import {
  BERTH_IMPORT_MODULE,
  INTERRUPT_MEMORY_IMPORT,
  MEMORY_IMPORT_MODULE,
  preparedPlan,
} from "../../prepared.ts";
import { prepareModule, readModule, signatureText } from "./mod.ts";

const { parseWat } = await wabt();
const FEATURES = {
  bulk_memory: true,
  reference_types: true,
  multi_memory: true,
  memory64: true,
  threads: true,
  exceptions: true,
  tail_call: true,
};
const OPTIONS = { memoryMaxBytes: 4 << 16, tableEntriesMaxCount: 20 };

function wat(text: string): Uint8Array<ArrayBuffer> {
  return parseWat("t.wat", text, FEATURES).toBinary({ write_debug_names: true }).buffer.slice();
}

function refusal(bytes: Uint8Array): BerthError {
  return assertThrows(() => prepareModule(bytes, OPTIONS), BerthError);
}

function instance(bytes: Uint8Array<ArrayBuffer>, imports: WebAssembly.Imports = {}): WebAssembly.Exports {
  const module = new WebAssembly.Module(bytes);
  const memories: Record<string, WebAssembly.Memory> = {};
  preparedPlan(module).memories.forEach(({ imported, initialPages, maximumPages }, index) => {
    const descriptor = { initial: initialPages, maximum: maximumPages };
    if (!imported) memories[index] = new WebAssembly.Memory(descriptor);
  });
  const word = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const all = {
    ...imports,
    [MEMORY_IMPORT_MODULE]: memories,
    [BERTH_IMPORT_MODULE]: { [INTERRUPT_MEMORY_IMPORT]: word },
  };
  return new WebAssembly.Instance(module, all).exports;
}

const call = (exports: WebAssembly.Exports, name: string, ...args: number[]) =>
  (exports[name] as (...args: number[]) => unknown)(...args);

const GROW = `(func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))`;

Deno.test("a memory grows to its limit and not past it, whatever it declares", () => {
  for (const declared of ["1", "1 2", "1 4", "1 5", "1 65536", "4"]) {
    const exports = instance(prepareModule(wat(`(module (memory ${declared}) ${GROW})`), OPTIONS).bytes);
    const [initial = 0, maximum = 4] = declared.split(" ").map(Number);
    const most = Math.min(maximum, 4);
    assertEquals(call(exports, "grow", most - initial), initial, declared);
    assertEquals(call(exports, "grow", 1), -1, declared);
  }
});

Deno.test("of several memories the sum counts", () => {
  const { bytes, report } = prepareModule(
    wat(`(module (memory $a 1) (memory $b 1) (memory $c 1 1)
      (func (export "a") (param i32) (result i32) (memory.grow $a (local.get 0)))
      (func (export "b") (param i32) (result i32) (memory.grow $b (local.get 0))))`),
    OPTIONS,
  );
  assertEquals(report.memories.map(({ maximumPages }) => maximumPages), [2, 1, 1]);
  const exports = instance(bytes);
  assertEquals([call(exports, "b", 1), call(exports, "a", 1), call(exports, "a", 1)], [-1, 1, -1]);
});

Deno.test("a table grows to its limit and not past it", () => {
  const { bytes, report } = prepareModule(
    wat(`(module (table $t 5 funcref) (table $u 10 12 externref)
      (func (export "grow") (param i32) (result i32) (table.grow $t (ref.null func) (local.get 0))))`),
    OPTIONS,
  );
  assertEquals(report.tables.map(({ maximumEntries }) => maximumEntries), [10, 10]);
  const exports = instance(bytes);
  assertEquals([call(exports, "grow", 6), call(exports, "grow", 5), call(exports, "grow", 1)], [-1, 5, -1]);
});

Deno.test("an imported memory and table are limited too", () => {
  const { bytes } = prepareModule(
    wat(`(module (import "m" "m" (memory 1)) (import "m" "t" (table 1 funcref)) ${GROW})`),
    OPTIONS,
  );
  const table = new WebAssembly.Table({ initial: 1, maximum: 20, element: "anyfunc" });
  assertThrows(
    () => instance(bytes, { m: { m: new WebAssembly.Memory({ initial: 1, maximum: 5 }), t: table } }),
    WebAssembly.LinkError,
  );
  const exports = instance(bytes, { m: { m: new WebAssembly.Memory({ initial: 1, maximum: 4 }), t: table } });
  assertEquals(call(exports, "grow", 4), -1);
});

Deno.test("what cannot be limited or trusted is refused, and the error says what and how much", () => {
  const cases: readonly (readonly [text: string, code: string, detail: string])[] = [
    [`(module (memory 5))`, "module-memory-too-large", "327680 bytes of memory; the limit is 262144"],
    [`(module (memory 3) (memory 2))`, "module-memory-too-large", "327680"],
    [`(module (table 21 funcref))`, "module-table-too-large", "21 table entries; the limit is 20"],
    [`(module (memory 1 1 shared))`, "module-memory-shared", "shared memory"],
    [`(module (import "a" "b" (memory 1 1 shared)))`, "module-memory-shared", "shared memory"],
    [`(module (import "berth:interrupt" "word" (func)))`, "module-name-reserved", "berth:interrupt"],
    [`(module (import "berth:memory" "0" (memory 1)))`, "module-name-reserved", "berth:memory"],
    [`(module (func (export "berth:state:global:0")))`, "module-name-reserved", "berth:state:global:0"],
    [`(module ${"(memory 0)".repeat(17)})`, "module-too-complex", "17 memories; at most 16"],
  ];
  for (const [text, code, detail] of cases) {
    const error = refusal(wat(text));
    assertEquals(error.code, code, text);
    assertStringIncludes(error.detail, detail);
  }
});

Deno.test("what is no module is refused", () => {
  const component = new Uint8Array([0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0]);
  assertStringIncludes(refusal(component).detail, "component");
  assertEquals(refusal(new Uint8Array(0)).code, "module-invalid");
  const good = wat(`(module (memory 1) (func (export "f") (result i32) (i32.const 7)))`);
  for (let length = 0; length < good.length; length++) {
    // Cut between two sections it is a module again, with less in it.
    if (WebAssembly.validate(good.subarray(0, length))) continue;
    assertEquals(refusal(good.subarray(0, length)).code, "module-invalid");
  }
});

Deno.test("a function that becomes too long by its checks is refused", () => {
  // (loop (br_if 0 (local.get 0))) many times: 7 bytes each, 11 more with its check.
  const round = [0x03, 0x40, 0x20, 0, 0x0d, 0, 0x0b];
  const code = new Uint8Array(7 * 500_000 + 2);
  for (let at = 1; at + 7 < code.length; at += 7) code.set(round, at);
  code[code.length - 1] = 0x0b;
  const leb = (
    value: number,
  ) => [value & 127 | 128, value >> 7 & 127 | 128, value >> 14 & 127 | 128, value >> 21];
  const head = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 5, 1, 0x60, 1, 0x7f, 0, 3, 2, 1, 0];
  const module = new Uint8Array([...head, 10, ...leb(code.length + 5), 1, ...leb(code.length), ...code]);
  assert(WebAssembly.validate(module));
  const error = refusal(module);
  assertEquals(error.code, "module-too-complex");
  assertStringIncludes(error.detail, "function 0");
});

Deno.test("a module prepared once is not prepared again", () => {
  const { bytes } = prepareModule(wat(`(module (memory 1))`), OPTIONS);
  assertEquals(refusal(bytes).code, "module-name-reserved");
});

Deno.test("names stay right: a trap inside a prepared module tells the functions", () => {
  const { bytes } = prepareModule(
    wat(
      `(module (import "h" "f" (func $imported)) (memory 1) (func $inner unreachable) (func $outer (export "run") (call $inner)))`,
    ),
    OPTIONS,
  );
  const error = assertThrows(() => call(instance(bytes, { h: { f() {} } }), "run"), WebAssembly.RuntimeError);
  assertStringIncludes(error.stack ?? "", "inner");
  assertStringIncludes(error.stack ?? "", "outer");
});

/** A custom section. */
function custom(name: string, contents: readonly number[]): number[] {
  return [0, contents.length + name.length + 1, name.length, ...new TextEncoder().encode(name), ...contents];
}

Deno.test("branch hints move with the code, other custom sections stay, stale ones go", () => {
  // (func (param i32) (loop (if (local.get 0) (then)) (br_if 0 (local.get 0))) (if (local.get 0) (then)))
  const code = [
    0,
    0x03,
    0x40,
    0x20,
    0,
    0x04,
    0x40,
    0x0b,
    0x20,
    0,
    0x0d,
    0,
    0x0b,
    0x20,
    0,
    0x04,
    0x40,
    0x0b,
    0x0b,
  ];
  const hint = (offset: number) => [offset, 1, 0];
  const module = new Uint8Array([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 5, 1, 0x60, 1, 0x7f, 0, 3, 2, 1, 0],
    ...custom("metadata.code.branch_hint", [1, 0, 3, ...hint(5), ...hint(10), ...hint(15)]),
    ...[10, code.length + 2, 1, code.length, ...code],
    ...custom("mine", [1, 2, 3]),
    ...custom(".debug_line", [9]),
  ]);
  const { bytes, report } = prepareModule(module, OPTIONS);
  const prepared = new WebAssembly.Module(bytes);
  const section = (name: string) =>
    WebAssembly.Module.customSections(prepared, name).map((part) => [...new Uint8Array(part)]);
  assertEquals(section("mine"), [[1, 2, 3]]);
  assertEquals(section(".debug_line"), []);
  assertEquals(report.sectionsLeftOut, [".debug_line"]);
  const [moved = []] = section("metadata.code.branch_hint");
  // The check before the br_if is 11 bytes long where the word's memory is the only one.
  assertEquals(moved, [1, 0, 3, ...hint(5), ...hint(10 + 11), ...hint(15 + 11)]);
});

Deno.test("branch hints that are not in order are dropped, not followed", () => {
  const code = [0, 0x20, 0, 0x04, 0x40, 0x0b, 0x0b];
  const module = (hints: readonly number[]) =>
    new Uint8Array([
      ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 5, 1, 0x60, 1, 0x7f, 0, 3, 2, 1, 0],
      ...custom("metadata.code.branch_hint", hints),
      ...[10, code.length + 2, 1, code.length, ...code],
    ]);
  for (const hints of [[1, 0, 2, 3, 1, 0, 3, 1, 0], [2, 0, 1, 3, 1, 0, 0, 1, 3, 1, 0], [200], [1, 0, 9, 3]]) {
    const { bytes } = prepareModule(module(hints), OPTIONS);
    const [section] = WebAssembly.Module.customSections(
      new WebAssembly.Module(bytes),
      "metadata.code.branch_hint",
    );
    assertEquals([...new Uint8Array(section ?? new ArrayBuffer(9))], [0]);
  }
});

Deno.test("the report says what was done", () => {
  const { report, bytes } = prepareModule(
    wat(`(module (import "h" "f" (func $h)) (memory 1) (global (mut i32) (i32.const 0))
      (func $leaf) (func $rec (call $rec)) (func (export "run") (call $leaf) (call $h) (loop (br 0))))`),
    OPTIONS,
  );
  // $rec calls itself; the export calls an import, which may call it back.
  assertEquals(report.checks.entries, 2);
  assertEquals(report.checks.entriesAvoided, 1);
  assertEquals(report.checks.loops, 1);
  assertEquals([report.imports, report.exports, report.functions, report.mutableGlobals], [1, 1, 3, 1]);
  assertEquals(report.sizeAfterBytes, bytes.length);
  assertNotEquals(report.sizeBeforeBytes, 0);
  assertEquals(report.newInstanceReason, "");
});

Deno.test("the imports and exports of a module are read with their types", () => {
  const { imports, exports } = readModule(
    wat(
      `(module (import "w" "fd_write" (func (param i32 i64) (result i32 f64))) (import "e" "g" (global (mut i64)))
      (memory (export "memory") 1) (func (export "run") (param f32) (result externref) (ref.null extern)))`,
    ),
  );
  assertEquals(imports.map(({ module, name, text }) => `${module}.${name} ${text}`), [
    "w.fd_write (i32, i64) -> (i32, f64)",
    "e.g global mut i64",
  ]);
  assertEquals(imports[0]?.type, { params: ["i32", "i64"], results: ["i32", "f64"] });
  assertEquals(exports.map(({ name, text }) => `${name} ${text}`), [
    "memory memory",
    "run (f32) -> externref",
  ]);
  assertEquals(signatureText({ params: [], results: [] }), "() -> ()");
  assertThrows(() => readModule(new Uint8Array(3)), BerthError, "not valid");
});

Deno.test("a module that declares structs or arrays gets new instances, and so do tables JavaScript cannot read", () => {
  // (type (struct (field (mut i32)))) with a global that holds one
  const struct = new Uint8Array([
    0,
    0x61,
    0x73,
    0x6d,
    1,
    0,
    0,
    0,
    1,
    5,
    1,
    0x5f,
    1,
    0x7f,
    1,
    6,
    8,
    1,
    0x64,
    0,
    0,
    0xfb,
    1,
    0,
    0x0b,
  ]);
  assert(WebAssembly.validate(struct));
  assertStringIncludes(prepareModule(struct, OPTIONS).report.newInstanceReason, "structs or arrays");
});

/** A module with the one function `run`; types: 0 struct with a reference to its kind, 1 array of i64, 2 []->[], 3 exn->[]. */
function objects(code: readonly number[], locals: readonly number[] = []): Uint8Array<ArrayBuffer> {
  const types = [4, 0x5f, 1, 0x63, 0, 1, 0x5e, 0x7e, 1, 0x60, 0, 0, 0x60, 1, 0x69, 0];
  const body = [locals.length / 2, ...locals, ...code, 0x0b];
  return new Uint8Array([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, types.length, ...types, 3, 2, 1, 2, 13, 5, 2, 0, 2, 0, 3],
    ...[6, 7, 1, 0x63, 0, 1, 0xd0, 0, 0x0b, 7, 7, 1, 3, 0x72, 0x75, 0x6e, 0, 0],
    ...[10, body.length + 2, 1, body.length, ...body],
  ]);
}

Deno.test("a guest cannot fill the engine's heap, which would end the process: all objects it makes are counted", () => {
  const endless: Readonly<Record<string, Uint8Array<ArrayBuffer>>> = {
    // (loop (global.set 0 (struct.new 0 (global.get 0))) (br 0))
    list: objects([0x03, 0x40, 0x23, 0, 0xfb, 0, 0, 0x24, 0, 0x0c, 0, 0x0b]),
    // (loop (drop (array.new_default 1 (i32.const 1048576))) (br 0))
    arrays: objects([0x03, 0x40, 0x41, 0x80, 0x80, 0xc0, 0, 0xfb, 7, 1, 0x1a, 0x0c, 0, 0x0b]),
    // an array of 2^31 elements at once
    huge: objects([0x41, 0x80, 0x80, 0x80, 0x80, 0x78, 0xfb, 7, 1, 0x1a]),
    // (loop (drop (array.new_fixed 1 2 (i64.const 0) (i64.const 0))) (br 0))
    fixed: objects([0x03, 0x40, 0x42, 0, 0x42, 0, 0xfb, 8, 1, 2, 0x1a, 0x0c, 0, 0x0b]),
    // Exceptions that hold the exception before: (loop $l (block $b (result exnref) (try_table (catch_all_ref $b)
    // (throw 0)) unreachable) … throw 1 with it, again and again)
    exceptions: objects(
      [
        0x03,
        0x40,
        0x02,
        0x69,
        0x1f,
        0x40,
        1,
        3,
        0,
        0x20,
        0,
        0xd1,
        0x04,
        0x40,
        0x08,
        0,
        0x05,
        0x20,
        0,
        0x08,
        1,
        0x0b,
        0x0b,
      ]
        .concat([0x00, 0x0b, 0x21, 0, 0x0c, 0, 0x0b]),
      [1, 0x69],
    ),
  };
  for (const [name, module] of Object.entries(endless)) {
    const { bytes, plan } = prepareModule(module, { ...OPTIONS, memoryMaxBytes: 64 << 20 });
    assertEquals(plan.heapMaxBytes, 32 << 20);
    assert(WebAssembly.validate(bytes), name);
    assertThrows(() => call(instance(bytes), "run"), WebAssembly.RuntimeError, "unreachable");
  }
});

Deno.test("a guest that stays within its heap is not stopped, and one that makes no objects is not counted", () => {
  // A thousand structs: (loop (global.set 0 (struct.new 0 (global.get 0))) (br_if 0 (local.tee 0 (i32.sub …))))
  const some = objects(
    [
      0x41,
      0xe8,
      0x07,
      0x21,
      0,
      0x03,
      0x40,
      0x23,
      0,
      0xfb,
      0,
      0,
      0x24,
      0,
      0x20,
      0,
      0x41,
      1,
      0x6b,
      0x22,
      0,
      0x0d,
      0,
      0x0b,
    ],
    [1, 0x7f],
  );
  const { bytes, plan } = prepareModule(some, OPTIONS);
  assertEquals(plan.heapMaxBytes, OPTIONS.memoryMaxBytes);
  assertEquals(call(instance(bytes), "run"), undefined);
  assertEquals(prepareModule(wat(`(module (memory 1))`), OPTIONS).plan.heapMaxBytes, 0);
});
