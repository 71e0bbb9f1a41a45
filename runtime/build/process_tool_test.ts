import { assertEquals } from "@std/assert";
import { decodeMessage, encodeMessage, framesOf } from "./process_tool.ts";

Deno.test("pipe: messages come whole, however the stream is cut", async () => {
  const messages = [{ a: new Uint8Array([1, 2, 3]), b: "ü" }, [], {
    files: { x: new Uint8Array(70_000).fill(9) },
  }];
  const bytes = new Uint8Array(await new Blob(messages.map(encodeMessage)).arrayBuffer());
  for (const size of [1_000, 65_537, bytes.length]) {
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.slice(at, at + size));
    const got = await Array.fromAsync(framesOf(ReadableStream.from(pieces)), decodeMessage);
    assertEquals(got, messages);
  }
});
