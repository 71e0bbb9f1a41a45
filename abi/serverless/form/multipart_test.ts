/** Forms as browsers and others write them, whole and in pieces of every size, and what is no form. */
import { assertEquals, assertThrows } from "@std/assert";
import { MessageError } from "../error.ts";
import { type FormPart } from "./head.ts";
import { MultipartParser, PART_HEAD_MAX_BYTES, PARTS_MAX_COUNT } from "./multipart.ts";
import { boundaryOf } from "./source.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

/** Parts and contents of a form that arrives in pieces of one size and is read in pieces of another. */
function parse(
  text: string,
  pieceBytes = Infinity,
  readBytes = Infinity,
  boundary = "B",
): [FormPart, string][] {
  const bytes = bytesOf(text);
  const parser = new MultipartParser(boundary);
  let at = 0;
  const feed = () => {
    if (at >= bytes.length) parser.end();
    else parser.push(bytes.slice(at, at + pieceBytes));
    at += pieceBytes;
  };
  const found: [FormPart, string][] = [];
  for (;;) {
    const event = parser.next();
    if (event === "more") feed();
    else if (event.kind === "end") return found;
    else {
      let content = "";
      for (let piece = parser.read(readBytes); piece !== null; piece = parser.read(readBytes)) {
        if (piece === "more") feed();
        else content += new TextDecoder().decode(piece);
      }
      found.push([event.part, content]);
    }
  }
}

const value = (name: string) => ({ name, filename: null, contentType: "" });
const FORM = `preamble\r\n--B\r\nContent-Disposition: form-data; name="a"\r\n\r\none\r\n--B  \r\n` +
  `content-disposition: form-data; filename="f \\"1\\".txt"; name=b\r\nContent-Type: text/x\r\n\r\n\r\n--\r\n--b\r\n\r\n` +
  `--B\r\nContent-Disposition: form-data; name="empty"\r\n\r\n\r\n--B--\r\nepilogue`;
const EXPECTED: [FormPart, string][] = [
  [value("a"), "one"],
  [{ name: "b", filename: `f "1".txt`, contentType: "text/x" }, "\r\n--\r\n--b\r\n"],
  [value("empty"), ""],
];

Deno.test("a form's parts come out whole, however it arrives and is read", () => {
  for (const pieceBytes of [1, 2, 3, 5, 7, 16, 64, Infinity]) {
    for (const readBytes of [1, 3, Infinity]) assertEquals(parse(FORM, pieceBytes, readBytes), EXPECTED);
  }
});

Deno.test("what is not read of a part is passed over", () => {
  const parser = new MultipartParser("B");
  parser.push(bytesOf(FORM));
  const names: string[] = [];
  for (let event = parser.next(); event !== "more" && event.kind === "part"; event = parser.next()) {
    names.push(event.part.name);
    parser.read(2);
  }
  assertEquals(names, ["a", "b", "empty"]);
});

Deno.test("a form that breaks off, at any byte, is an error and not an end", () => {
  const end = FORM.indexOf("--B--") + 4;
  for (let length = 0; length < end; length++) {
    assertThrows(() => parse(FORM.slice(0, length)), MessageError);
  }
});

Deno.test("heads and parts are bounded, and heads must be form-data with a name", () => {
  const long = `--B\r\ncontent-disposition: form-data; name="${
    "x".repeat(PART_HEAD_MAX_BYTES)
  }"\r\n\r\n\r\n--B--`;
  assertThrows(() => parse(long, 1000), MessageError, "head is longer");
  const many = `--B\r\ncontent-disposition: form-data; name=a\r\n\r\n\r\n`.repeat(PARTS_MAX_COUNT + 1) +
    "--B--";
  assertThrows(() => parse(many), MessageError, "more than");
  for (
    const head of ["x: y", `content-disposition: attachment; name="a"`, "content-disposition: form-data", ""]
  ) {
    assertThrows(() => parse(`--B\r\n${head}\r\n\r\nx\r\n--B--`), MessageError);
  }
  assertThrows(() => parse("--Bx\r\n\r\n"), MessageError);
});

Deno.test("boundaries are taken from the type, quoted or not", () => {
  assertEquals(boundaryOf("multipart/form-data; boundary=abc"), "abc");
  assertEquals(boundaryOf(`Multipart/Form-Data; charset=x; Boundary="a b:c"`), "a b:c");
  for (
    const no of [
      "multipart/form-data",
      "multipart/mixed; boundary=a",
      `multipart/form-data; boundary=""`,
      "text/plain",
      "",
    ]
  ) {
    assertEquals(boundaryOf(no), null);
  }
  assertEquals(boundaryOf(`multipart/form-data; boundary=${"x".repeat(71)}`), null);
});
