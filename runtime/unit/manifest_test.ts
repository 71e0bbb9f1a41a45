/** Manifests: what is said of each is in `tests/unit/manifests/`; `tests/unit/golden_task.ts` writes it anew. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { BerthError } from "../error.ts";
import { expected, goldenNames, verdict } from "../../tests/unit/golden_task.ts";
import { LIMITS_DEFAULT, manifestText } from "../../tests/unit/samples.ts";
import { defaultPath, parseManifest } from "./manifest.ts";
import { MANIFEST_SCHEMA_FILE, manifestSchemaText } from "./schema_task.ts";

for (const name of goldenNames()) {
  Deno.test(`manifest ${name}`, () => {
    assertEquals(verdict(name), expected(name));
    assertEquals(name.startsWith("bad_"), expected(name).startsWith("manifest-invalid\n"));
  });
}

const parse = (text: string, limits = LIMITS_DEFAULT) =>
  parseManifest(new TextEncoder().encode(text), limits);

Deno.test("every problem is in the error's data, ten in its text", () => {
  const limits = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`x${index}`, 1]));
  const error = assertThrows(() => parse(manifestText({ limits })), BerthError);
  assertEquals((error.data.problems as unknown[]).length, 30);
  assertEquals(error.detail.split("\n").length, 11);
});

Deno.test("a limit may be as high as the one in force, not higher", () => {
  const limits = { ...LIMITS_DEFAULT, wallMaxMs: 700 };
  assertEquals(parse(manifestText({ limits: { wallMaxMs: 700 } }), limits).limits, { wallMaxMs: 700 });
  assertThrows(() => parse(manifestText({ limits: { wallMaxMs: 701 } }), limits), BerthError, "701");
});

Deno.test("size and depth are bounded", () => {
  const deep = `{"env":${"[".repeat(33)}${"]".repeat(33)}}`;
  assertThrows(() => parse(deep), BerthError, "nested more than 32 deep");
  assertThrows(() => parse("[".repeat(100_000)), BerthError, "nested more than 32 deep");
  const text = manifestText();
  const limits = { ...LIMITS_DEFAULT, manifestMaxBytes: text.length };
  assert(parse(text, limits));
  assertThrows(() => parse(text + " ", limits), BerthError, "manifestMaxBytes");
});

Deno.test("the base path follows the name and the major version", () => {
  assertEquals(defaultPath("a", "1.2.3"), "/a/v1");
  assertEquals(defaultPath("a", "v2"), "/a/v2");
  assertEquals(defaultPath("a", "latest"), "/a");
});

Deno.test("the published JSON Schema is current: `deno task schema` writes it", () => {
  assertEquals(Deno.readTextFileSync(MANIFEST_SCHEMA_FILE), manifestSchemaText());
});
