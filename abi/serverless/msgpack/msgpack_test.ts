/** The reader and writer: what goes in comes out, and what is damaged is refused before anything is allocated. */
import { assertEquals, assertThrows } from "@std/assert";
import { MessageError } from "../error.ts";
import { Reader } from "./reader.ts";
import { encode, RawText, Writer } from "./writer.ts";
import { piecesLength } from "../../pieces.ts";

const read = (...bytes: number[]) => new Reader(8).open(Uint8Array.from(bytes), 0, bytes.length);
const through = (value: unknown) => {
  const bytes = encode(value);
  const reader = new Reader(8).open(bytes, 0, bytes.length);
  const back = reader.any();
  assertEquals(reader.at, bytes.length);
  return structuredClone(back);
};

Deno.test("values of every type and size come back as they were", () => {
  const numbers = [
    0,
    1,
    127,
    128,
    255,
    65_535,
    65_536,
    2 ** 32 - 1,
    2 ** 32,
    2 ** 53 - 1,
    -1,
    -32,
    -33,
    -(2 ** 31),
    -(2 ** 31) - 1,
    0.5,
    -1e300,
  ];
  const texts = [
    "",
    "x".repeat(31),
    "x".repeat(32),
    "x".repeat(255),
    "x".repeat(256),
    "ü€😀".repeat(9),
    "x".repeat(70_000),
  ];
  for (const value of [null, true, false, ...numbers, ...texts]) assertEquals(through(value), value);
  for (const size of [0, 255, 256, 65_535, 65_536]) {
    assertEquals(through(new Uint8Array(size).fill(7)), new Uint8Array(size).fill(7));
  }
  for (const size of [0, 15, 16, 70_000]) {
    assertEquals(through(new Array(size).fill(1)), new Array(size).fill(1));
  }
  const map = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`k${index}`, index]));
  assertEquals(through({ map, left: undefined, list: [{}, []] }), { map, list: [{}, []] });
  assertEquals(through(new RawText(new TextEncoder().encode("raw"))), "raw");
});

Deno.test("every form of a number is read, floats and 64 bits too", () => {
  assertEquals(read(0xd0, 0x80).int(), -128);
  assertEquals(read(0xd1, 0xff, 0xfe).int(), -2);
  assertEquals(read(0xd2, 0xff, 0xff, 0xff, 0xfd).int(), -3);
  assertEquals(read(0xd3, 255, 255, 255, 255, 255, 255, 255, 252).int(), -4);
  assertEquals(read(0xcf, 0, 0, 0, 1, 0, 0, 0, 0).int(), 2 ** 32);
  assertEquals(read(0xca, 0x3f, 0x80, 0, 0).int(), 1);
  assertThrows(() => read(0xcf, 255, 255, 255, 255, 255, 255, 255, 255).int(), MessageError);
  assertThrows(() => read(0xcb, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0).int(), MessageError);
});

Deno.test("a message cut at any byte is refused, and so is one that is longer than it says", () => {
  const bytes = encode({
    a: [1, "two", new Uint8Array(3), 70_000, -5, 0.5, null, true],
    b: { c: "x".repeat(40) },
  });
  for (let end = 0; end < bytes.length; end++) {
    assertThrows(() => new Reader(8).open(bytes, 0, end).any(), MessageError);
    assertThrows(() => new Reader(8).open(bytes, 0, end).skip(), MessageError);
  }
});

Deno.test("giant counts and lengths are refused by what is left, not by trying", () => {
  for (const first of [0xdb, 0xc6, 0xdd, 0xdf]) {
    assertThrows(() => read(first, 0xff, 0xff, 0xff, 0xff).any(), MessageError);
    assertThrows(() => read(first, 0x7f, 0xff, 0xff, 0xff, 0).skip(), MessageError);
  }
  assertThrows(() => read(0x82, 0xa1, 0x61, 1).any(), MessageError);
  assertThrows(() => read(0xc1).any(), MessageError);
});

Deno.test("nesting is bounded", () => {
  const nested = (depth: number) => read(...new Array(depth).fill(0x91), 0xc0);
  nested(8).any();
  nested(8).skip();
  assertThrows(() => nested(9).any(), MessageError, "deeper than 8");
  assertThrows(() => nested(9).skip(), MessageError, "deeper than 8");
});

Deno.test("text that is not UTF-8 is refused where it is decoded", () => {
  assertThrows(() => read(0xa2, 0xc3, 0x28).text(), MessageError, "UTF-8");
  assertEquals(read(0xa2, 0xc3, 0x28).data(), Uint8Array.of(0xc3, 0x28));
});

Deno.test("large bytes are not copied into the writer", () => {
  const large = new Uint8Array(100_000);
  const pieces = new Writer().map(1).text("data").bytes(large).pieces();
  assertEquals(pieces.includes(large), true);
  assertEquals(piecesLength(pieces), 100_000 + 1 + 5 + 5);
});
