import { assertEquals, assertThrows } from "@std/assert";
import { FrameError, frameHead, FrameReader, OPCODE, type Said } from "./frames.ts";

/** A client's frame. */
function frame(first: number, payload: Uint8Array, mask: readonly number[] = [1, 2, 3, 4]): Uint8Array {
  const { length } = payload;
  const head = length < 126
    ? [first, 0x80 | length]
    : length < 65_536
    ? [first, 0xfe, length >> 8, length & 0xff]
    : [first, 0xff, 0, 0, 0, 0, length >>> 24, length >>> 16, length >>> 8, length];
  return Uint8Array.from([...head, ...mask, ...payload.map((byte, index) => byte ^ (mask[index & 3] ?? 0))]);
}

const join = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));
const bytes = (length: number) => new Uint8Array(length).map((_, index) => index * 3);
const utf8 = (text: string) => new TextEncoder().encode(text);

function code(data: Uint8Array, max = 1_000): number {
  const error = assertThrows(() => [...new FrameReader(max).read(data)], FrameError);
  return error.code;
}

Deno.test("messages of every length come out, however the bytes are cut", () => {
  const stream = join(
    frame(0x81, utf8("text ü")),
    frame(0x82, bytes(0)),
    frame(0x82, bytes(125)),
    frame(0x82, bytes(126)),
    frame(0x82, bytes(70_000)),
    frame(0x89, utf8("ping")),
    frame(0x8a, bytes(0)),
    frame(0x88, join(Uint8Array.of(0x0f, 0xa1), utf8("why"))),
    frame(0x88, bytes(0)),
  );
  const wanted: Said[] = [
    { opcode: OPCODE.TEXT, text: "text ü" },
    ...[0, 125, 126, 70_000].map((length) => ({ opcode: OPCODE.BINARY, data: bytes(length) })),
    { opcode: OPCODE.PING, data: utf8("ping") },
    { opcode: OPCODE.PONG, data: bytes(0) },
    { opcode: OPCODE.CLOSE, code: 4001, reason: "why" },
    { opcode: OPCODE.CLOSE, code: 1005, reason: "" },
  ];
  for (const step of [1, 2, 7, 1_000, stream.length]) {
    const reader = new FrameReader(70_000);
    const said: Said[] = [];
    for (let at = 0; at < stream.length; at += step) {
      said.push(...reader.read(stream.subarray(at, at + step)));
    }
    assertEquals(said, wanted, `in steps of ${step}`);
  }
});

Deno.test("fragments are put together, with control frames between them", () => {
  const text = utf8("a©b");
  const stream = join(
    frame(0x01, text.subarray(0, 2)), // in the middle of a letter
    frame(0x89, bytes(1)),
    frame(0x00, text.subarray(2, 3)),
    frame(0x80, text.subarray(3)),
    frame(0x02, bytes(3)),
    frame(0x80, bytes(0)),
  );
  assertEquals([...new FrameReader(4).read(stream)], [
    { opcode: OPCODE.PING, data: bytes(1) },
    { opcode: OPCODE.TEXT, text: "a©b" },
    { opcode: OPCODE.BINARY, data: bytes(3) },
  ]);
});

Deno.test("a message over its limit is refused by its head, and fragments by their sum", () => {
  assertEquals([...new FrameReader(1_000).read(frame(0x82, bytes(1_000)))].length, 1);
  assertEquals(code(frame(0x82, bytes(1_001)).subarray(0, 8)), 1009);
  const terabyte = Uint8Array.of(0x82, 0xff, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0);
  assertEquals(code(terabyte), 1009);
  assertEquals(code(terabyte.map((byte, at) => at > 1 && at < 10 ? 0xff : byte)), 1009);
  const sum = join(frame(0x02, bytes(600)), frame(0x00, bytes(401)).subarray(0, 8));
  assertEquals(code(sum), 1009);
  assertEquals(
    code(join(frame(0x02, bytes(1)), frame(0x00, bytes(0)))),
    1008,
    "fragments of nothing, without end",
  );
});

Deno.test("what the protocol forbids is refused", () => {
  const unmasked = Uint8Array.of(0x81, 1, 97, 0, 0, 0);
  assertEquals(code(unmasked), 1002);
  for (const first of [0xc1, 0xa1, 0x91, 0x83, 0x87, 0x8b, 0x8f, 0x80, 0x00]) {
    assertEquals(code(frame(first, bytes(1))), 1002, first.toString(16));
  }
  assertEquals(code(join(frame(0x01, bytes(1)), frame(0x81, bytes(1)))), 1002, "a message inside another");
  assertEquals(code(frame(0x09, bytes(1))), 1002, "a ping in fragments");
  assertEquals(code(frame(0x89, bytes(126))), 1002, "a long ping");
  assertEquals(code(frame(0x81, Uint8Array.of(0xff))), 1007);
  assertEquals(code(frame(0x88, Uint8Array.of(3, 232, 0xff))), 1007, "a reason");
  for (const close of [[1], [0, 0], [3, 231], [3, 236], [3, 237], [3, 238], [3, 247], [7, 208], [19, 136]]) {
    assertEquals(code(frame(0x88, Uint8Array.from(close))), 1002, String(close));
  }
});

Deno.test("heads of the server's frames have the shortest form", () => {
  assertEquals([...frameHead(1, 125)], [0x81, 125]);
  assertEquals([...frameHead(2, 126)], [0x82, 126, 0, 126]);
  assertEquals([...frameHead(2, 65_535)], [0x82, 126, 255, 255]);
  assertEquals([...frameHead(2, 65_536)], [0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]);
});
