/** Every instruction of the table: V8 accepts it, preparation passes it through, and it does what it did. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { BerthError } from "../../runtime/error.ts";
import { prepareModule } from "../../runtime/unit/prepare/mod.ts";
import { OPCODES } from "../../runtime/unit/prepare/opcodes.ts";
import { instantiateAny } from "./instantiate.ts";
import { opcodeCases } from "./opcode_cases.ts";
import { outcome } from "./outcome.ts";

const OPTIONS = { memoryMaxBytes: 1 << 20, tableEntriesMaxCount: 100 };

Deno.test("the table holds every opcode that V8 knows, and no opcode twice", () => {
  const codes = OPCODES.map(({ prefix, code }) => prefix * 0x1000 + code);
  assertEquals(new Set(codes).size, codes.length);
  const names = OPCODES.map(({ name }) => name);
  assertEquals(new Set(names).size, names.length);
  assertEquals(OPCODES.length, 571);
});

Deno.test("each instruction gives the same results, traps and memory after preparation", () => {
  for (const { name, bytes, calls } of opcodeCases()) {
    assert(WebAssembly.validate(bytes), `V8 refuses the test module of ${name}`);
    const prepared = prepareModule(bytes, OPTIONS);
    assert(WebAssembly.validate(prepared.bytes), `V8 refuses the prepared module of ${name}`);
    const before = instantiateAny(bytes);
    const after = instantiateAny(prepared.bytes);
    for (const args of calls) {
      assertEquals(outcome(after.exports, "run", args), outcome(before.exports, "run", args), name);
    }
  }
});

Deno.test("an instruction that is not in the table refuses the module, with its code and offset", async () => {
  // V8 knows no such opcode either, so the decoder is asked without V8's validation in front.
  const { readWasmModule } = await import("../../runtime/unit/prepare/module.ts");
  const { scanCode } = await import("../../runtime/unit/prepare/scan.ts");
  const module = (...code: number[]) =>
    new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0]
      .concat(10, code.length + 4, 1, code.length + 2, 0, ...code, 11));
  for (
    const [code, text] of [[[0xe0], "0xe0"], [[0xfc, 0x13], "0xfc 0x13"], [
      [0xfd, 0xa0, 2],
      "0xfd 0x120",
    ]] as const
  ) {
    const error = assertThrows(() => scanCode(readWasmModule(module(...code))), BerthError, text);
    assertEquals(error.code, "module-opcode-unknown");
    assertEquals(error.data.offset, 23);
  }
});
