/** A capability goes into a manifest's text, and nothing else changes. */
import { assertEquals } from "@std/assert";
import { addCapability, readCapabilityLine } from "../../runtime/cli/manifest_edit.ts";
import { LineEditor } from "../../runtime/cli/dev/line_editor.ts";
import { readRequestLine } from "../../runtime/cli/dev/request.ts";

const http = { name: "http", value: { allow: ["https://b.example"] } };

Deno.test("a capability is added in the layout that is there", () => {
  const cases: readonly (readonly [before: string, after: string])[] = [
    [`{"berth":1}`, `{"berth":1, "capabilities": { "http": { "allow": ["https://b.example"] } }}`],
    [
      `{\n\t"berth": 1,\n\t"name": "x"\n}\n`,
      `{\n\t"berth": 1,\n\t"name": "x",\n\t"capabilities": { "http": { "allow": ["https://b.example"] } }\n}\n`,
    ],
    [`{"capabilities":{}}`, `{"capabilities":{ "http": { "allow": ["https://b.example"] } }}`],
    [
      `{\r\n  "capabilities": {\r\n    "storage": true\r\n  }\r\n}`,
      `{\r\n  "capabilities": {\r\n    "storage": true,\r\n    "http": { "allow": ["https://b.example"] }\r\n  }\r\n}`,
    ],
    [
      `{"capabilities": {"http": {"allow": ["https://a.example"], "methods": ["GET"]}, "clock": true}, "z": "}"}`,
      `{"capabilities": {"http": {"allow": ["https://a.example", "https://b.example"], "methods": ["GET"]}, "clock": true}, "z": "}"}`,
    ],
    [
      `{"capabilities": {"http": {"allow": [\n  "https://a.example"\n]}}}`,
      `{"capabilities": {"http": {"allow": [\n  "https://a.example",\n  "https://b.example"\n]}}}`,
    ],
    [
      `{"capabilities": {"http": {"allow": []}}}`,
      `{"capabilities": {"http": {"allow": ["https://b.example"]}}}`,
    ],
    [`{"capabilities": {"http": false}}`, `{"capabilities": {"http": { "allow": ["https://b.example"] }}}`],
  ];
  for (const [before, after] of cases) {
    assertEquals(addCapability(before, http), after);
    JSON.parse(after);
    assertEquals(addCapability(after, http), after); // it is there already
  }
});

Deno.test("a line is one capability or only a hint", () => {
  assertEquals(readCapabilityLine(`"storage": true`), { name: "storage", value: true });
  assertEquals(readCapabilityLine(`"http": {"allow": ["https://b.example"]}`), http);
  for (
    const hint of [
      `"files": {"mounts": […]}`,
      `"limits": {"memoryMaxBytes": 9}`,
      `"http": true, "files": {}`,
      "",
    ]
  ) {
    assertEquals(readCapabilityLine(hint), undefined);
  }
});

Deno.test("keys make lines; on an empty line some act at once", () => {
  const editor = new LineEditor("rq");
  const typed = (text: string) => [...editor.type(text)].filter(({ kind }) => kind !== "nothing");
  assertEquals(typed("r"), [{ kind: "key", key: "r" }]);
  assertEquals(typed("GET /rq\x7f\x7fé\r"), [{ kind: "line", text: "GET /é" }]);
  assertEquals(typed("PUT /a b\r"), [{ kind: "line", text: "PUT /a b" }]);
  typed("\x1b[A\x1b[A\x1b[A");
  assertEquals(editor.text, "GET /é");
  typed("\x1b[B\x17x\x1b[C\x1b");
  assertEquals(editor.text, "PUT /a x");
  assertEquals(typed("\x04"), []);
  typed("\x15");
  assertEquals(typed("\x04\x03"), [{ kind: "end" }, { kind: "interrupt" }]);
  assertEquals(typed("x".repeat(10_000)), []);
  assertEquals(editor.text.length, 8_192);
});

Deno.test("a request is a method, a path and a body", () => {
  const read = (line: string) => {
    const request = readRequestLine(line);
    return request && [request.method, request.path, request.body];
  };
  assertEquals(read("/a?b=c"), ["GET", "/a?b=c", ""]);
  assertEquals(read(`/a {"b": 1}`), ["POST", "/a", `{"b": 1}`]);
  assertEquals(read("delete /a"), ["DELETE", "/a", ""]);
  assertEquals(read("put /a some text"), ["PUT", "/a", "some text"]);
  for (const none of ["", "GET", "GET a", "TRACE /", "hello"]) assertEquals(read(none), undefined);
});
