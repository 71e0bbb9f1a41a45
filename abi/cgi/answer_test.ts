import { assertEquals, assertThrows } from "@std/assert";
import { readAnswer } from "./answer.ts";
import { CgiAnswerError } from "./error.ts";

const output = (text: string) => new TextEncoder().encode(text);
const read = (text: string) => {
  const { status, headers, body } = readAnswer(output(text));
  return [status, headers, new TextDecoder().decode(body)];
};

Deno.test("an answer: headers, an empty line, the body; either line end", () => {
  assertEquals(read("Content-Type: text/plain\n\nbody\n\nmore"), [
    200,
    [["Content-Type", "text/plain"]],
    "body\n\nmore",
  ]);
  assertEquals(read("A: 1\r\nB:2 \r\n\r\n"), [200, [["A", "1"], ["B", "2"]], ""]);
  assertEquals(read("\nno headers at all"), [200, [], "no headers at all"]);
});

Deno.test("Status sets the status and is no header; Location without it means 302", () => {
  assertEquals(read("status: 418 I am\nA: 1\n\n"), [418, [["A", "1"]], ""]);
  assertEquals(read("Location: /x\n\n"), [302, [["Location", "/x"]], ""]);
  assertEquals(read("Location: /x\nStatus: 201\n\n"), [201, [["Location", "/x"]], ""]);
});

Deno.test("what is no answer is refused with what is missing", () => {
  const bad = [
    "",
    "hello",
    "hello\n\n",
    ": x\n\n",
    "Status: 99\n\n",
    "Status: 1000\n\n",
    "A: 1\n",
    `A: ${"x".repeat(70_000)}\n\n`,
  ];
  for (const text of bad) {
    assertThrows(() => readAnswer(output(text)), CgiAnswerError);
  }
});
