/** Every error has an entry with cause, message and fix; what really happens is what the page says. */
import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { testHost } from "../host/harness.ts";
import { ALL_ERRORS, errorsPage, publicMessages } from "./page.ts";
import { fromFileUrl } from "./root.ts";
import { TRIGGERS } from "./triggers.ts";

const messages = publicMessages();

Deno.test("runtime/ERRORS.md is what the tables and sources say; deno task generate writes it", async () => {
  assertEquals(await Deno.readTextFile(join(fromFileUrl(), "runtime/ERRORS.md")), errorsPage());
});

Deno.test("every code has a message, a title without a full stop, and a fix", () => {
  // The device's own fix is shown with its refusal.
  const fixed = Object.entries(ALL_ERRORS).filter(([code, { fix }]) => fix !== "" || code === "host-refused");
  assertEquals(fixed.length, Object.keys(ALL_ERRORS).length);
  for (const [code, { title, fix }] of fixed) {
    assert(messages.some((message) => message.code === code), `${code} has no message in the sources`);
    assert(!title.endsWith(".") && !/[/\\](home|tmp|etc)\b/.test(fix), code);
  }
});

/** Whether a text is one of the code's messages, whatever was filled in. */
function isMessageOf(code: string, text: string): boolean {
  return messages.filter((message) => message.code === code).some((message) => {
    const parts = message.text.replaceAll(/\s+/g, " ").split(/\{[\w…]+\}/).map((part) =>
      part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")
    );
    return new RegExp(`^${parts.join("[^]*")}[^]*$`).test(text.replaceAll(/\s+/g, " "));
  });
}

Deno.test("errors that are brought about say what the page says, with the fix of their code", async (t) => {
  await using test = await testHost();
  for (const [code, trigger] of Object.entries(TRIGGERS)) {
    await t.step(code, async () => {
      const seen = await trigger(test);
      assertEquals(seen.code, code, JSON.stringify(seen));
      // A message made of nothing but what is filled in is listed by its code alone.
      const listed = messages.some((message) => message.code === code);
      assert(!listed || isMessageOf(code, seen.detail), `${code}: ${seen.detail}`);
      if (seen.fix !== "" && code !== "project-incomplete") assert(seen.fix.length > 3, seen.fix);
    });
  }
});
