/** Modules that cannot run here are refused at deploy, with the reason. */
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { BerthError } from "../error.ts";
import { BERTH_IMPORT_MODULE, STATE_EXPORT_PREFIX } from "../prepared.ts";
import { I32, I64, OFFER, type SampleImport, SERVICE_WASM, wasm } from "../../tests/unit/samples.ts";
import { checkModule } from "./module.ts";

const EVENT = "mk_module_on_event";
const WRITE = {
  module: "wasi_snapshot_preview1",
  name: "fd_write",
  parameters: [I32, I32, I32, I32],
  results: [I32],
};

const check = (module: Uint8Array<ArrayBuffer>) => checkModule(module, "service.wasm", OFFER);

Deno.test("a module that passes tells what it imports, needs and speaks", async () => {
  const imports = [WRITE, { ...WRITE, name: "clock_time_get", parameters: [I32, I64, I32] }];
  assertEquals(await check(wasm(imports, [EVENT])), {
    imports: ["wasi_snapshot_preview1.fd_write", "wasi_snapshot_preview1.clock_time_get"],
    capabilities: ["clock", "stdio"],
    convention: "serverless",
    onceOnly: false,
  });
});

const IMPORTS: readonly [string, SampleImport, string, string][] = [
  ["misspelt", { ...WRITE, name: "fd_wirte" }, "import-unknown", 'did you mean "fd_write"?'],
  [
    "of a misspelt module",
    { ...WRITE, module: "wasi_snapshot_preview" },
    "import-unknown",
    "wasi_snapshot_preview1.fd_write",
  ],
  [
    "from another module",
    { ...WRITE, module: "a" },
    "import-unknown",
    '"fd_write" is offered as wasi_snapshot_preview1.fd_write',
  ],
  [
    "of nobody's",
    { ...WRITE, module: "gpu", name: "draw" },
    "import-unknown",
    '"wasi_snapshot_preview1", "env"',
  ],
  [
    "reserved",
    { ...WRITE, module: BERTH_IMPORT_MODULE, name: "ask" },
    "import-unknown",
    "reserved for the host",
  ],
  [
    "with too few parameters",
    { ...WRITE, parameters: [I32] },
    "import-mismatch",
    "as (i32) -> (i32); it is (i32, i32, i32, i32) -> (i32)",
  ],
  [
    "with another type",
    { ...WRITE, parameters: [I32, I64, I32, I32] },
    "import-mismatch",
    "(i32, i64, i32, i32)",
  ],
  ["with another result", { ...WRITE, results: [] }, "import-mismatch", "-> ()"],
  [
    "with a reference",
    { ...WRITE, parameters: [0x6f, I32, I32, I32] },
    "import-mismatch",
    "(?, i32, i32, i32)",
  ],
  ["whose name forges a line", { ...WRITE, name: "a\nb" }, "import-unknown", "a?b"],
];

for (const [what, item, code, says] of IMPORTS) {
  Deno.test(`refused: an import ${what}`, async () => {
    const error = await assertRejects(() => check(wasm([item], [EVENT])), BerthError);
    assertEquals(error.code, code, error.detail);
    assertStringIncludes(error.detail, says);
  });
}

Deno.test("an import may have the form of an earlier version of its ABI", async () => {
  const request = { module: "env", name: "mk_module_api_request", results: [] };
  for (const parameters of [[I32, I32, I32], [I32, I32]]) {
    await check(wasm([{ ...request, parameters }], [EVENT]));
  }
});

Deno.test("refused: a memory, table or global that is imported", async () => {
  const section = [2, 15, 1, 3, 0x65, 0x6e, 0x76, 6, 0x6d, 0x65, 0x6d, 0x6f, 0x72, 0x79, 2, 0, 1]; // env.memory
  const module = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...section]);
  const error = await assertRejects(() => check(module), BerthError);
  assertEquals(error.code, "import-unknown");
  assertStringIncludes(error.detail, 'the memory "env.memory"; hosts give functions only');
});

Deno.test("refused: exports that fit no convention, or are reserved", async () => {
  const none = await assertRejects(() => check(wasm([], ["run", "main"])), BerthError);
  assertEquals(none.code, "export-missing");
  assertStringIncludes(none.detail, 'exports "run", "main"');
  const reserved = await assertRejects(() => check(wasm([], [EVENT, `${STATE_EXPORT_PREFIX}x`])), BerthError);
  assertEquals(reserved.code, "export-reserved");
});

Deno.test("a type section with more than functions is left to the engine", async () => {
  // (type (struct)) before the functions' types: the signatures are then not looked at.
  const body = [2, 0x5f, 0, 0x60, 0, 0];
  const module = new Uint8Array([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...[1, body.length, ...body],
    ...[3, 2, 1, 1],
    ...[7, EVENT.length + 4, 1, EVENT.length, ...new TextEncoder().encode(EVENT), 0, 0],
    ...[10, 4, 1, 2, 0, 0x0b],
  ]);
  assertEquals((await check(module)).imports, []);
});

Deno.test("a module cut at any byte is refused", async () => {
  for (let length = 0; length < SERVICE_WASM.length; length++) {
    const error = await assertRejects(() => check(SERVICE_WASM.slice(0, length)), BerthError);
    // Cut between sections it is a smaller module, which then lacks something.
    const codes = ["module-not-wasm", "module-invalid", "export-missing"];
    assertEquals(codes.includes(error.code), true, `${length}: ${error.code}`);
  }
});
