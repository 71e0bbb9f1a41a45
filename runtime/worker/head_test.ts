import { decode } from "@msgpack/msgpack";
import { assertEquals, assertThrows } from "@std/assert";
import {
  answerHeadBytes,
  AnswerHeadReader,
  HeadTooLarge,
  RequestHeadWriter,
  writeAnswerHead,
} from "./head.ts";

const write = (url: string, method: string, headers: [string, string][], room = 400_000) => {
  const into = new Uint8Array(room);
  return decode(
    into.subarray(0, new RequestHeadWriter().write(into, 0, room, url, method, new Headers(headers))),
  );
};

Deno.test("a request's head is MessagePack that a common decoder reads", () => {
  assertEquals(write("/a?b=1", "GET", [["accept", "*/*"], ["x", ""]]), ["/a?b=1", "GET", {
    accept: "*/*",
    x: "",
  }]);
  assertEquals(write("/", "PURGE", []), ["/", "PURGE", {}]);
});

Deno.test("text of every length up to past each MessagePack form, ASCII and not", () => {
  for (const length of [0, 1, 15, 16, 30, 31, 32, 33, 127, 128, 129, 254, 255, 256, 257, 65_535, 65_536]) {
    for (const letter of ["a", "é", "\u00ff"]) {
      const text = letter.repeat(length);
      assertEquals(
        write("/" + text, "GET", [["h", text]]),
        ["/" + text, "GET", { h: text }],
        `${length} of ${letter}`,
      );
    }
  }
});

Deno.test("a head that does not fit is refused, whatever part is too much", () => {
  for (const room of [0, 1, 3, 8, 20, 40]) {
    assertThrows(() => write("/some/path", "GET", [["name", "x".repeat(100)]], room), HeadTooLarge);
  }
});

Deno.test("an answer's head comes back as it was, repeated names included", () => {
  const headers: [string, string][] = [["set-cookie", "a=1"], ["set-cookie", "b=\u00e9"], ["x-empty", ""]];
  const frame = new Uint8Array(answerHeadBytes(headers) + 3);
  const end = writeAnswerHead(frame, 0, 418, headers);
  assertEquals(end, frame.length - 3);
  const reader = new AnswerHeadReader();
  const head = reader.read(frame, 0, frame.length);
  assertEquals([head.init.status, head.init.headers, head.bytes, head.typed], [418, headers, end, false]);
  assertEquals(
    reader.read(frame, 0, frame.length) === head,
    true,
    "an equal head is not read twice",
  );
  const typed: [string, string][] = [["Content-Type", "text/plain"], ["x", "y"]];
  const other = new Uint8Array(answerHeadBytes(typed));
  writeAnswerHead(other, 0, 200, typed);
  const record = reader.read(other, 0, other.length);
  assertEquals([record.init.headers, record.typed], [{ "Content-Type": "text/plain", x: "y" }, true]);
});
