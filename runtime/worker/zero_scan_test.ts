import { assert, assertEquals } from "@std/assert";
import { zeroScan } from "./zero_scan.ts";

const PAGE_BYTES = 65_536;

function check(memory: WebAssembly.Memory): void {
  const bytes = new Uint8Array(memory.buffer);
  const scan = zeroScan(memory);
  assert(scan(0, bytes.length), "a new memory holds zeros");
  for (const at of [0, 7, 8, 4095, 4096, PAGE_BYTES, bytes.length - 1]) {
    bytes[at] = 0x80; // the sign of -0 in the last byte of a float
    const block = at - at % 4096;
    assertEquals([scan(block, block + 4096), scan(0, bytes.length)], [false, false], `byte ${at}`);
    bytes[at] = 0;
    assert(scan(block, block + 4096), `byte ${at} is zero again`);
  }
}

Deno.test("every byte that is not zero is found", () => {
  check(new WebAssembly.Memory({ initial: 2 }));
});

Deno.test("also in a memory with 64-bit addresses", () => {
  // TypeScript's library does not know them yet; V8 does.
  check(
    new WebAssembly.Memory(
      { initial: 2n, maximum: 2n, address: "i64" } as unknown as WebAssembly.MemoryDescriptor,
    ),
  );
});
