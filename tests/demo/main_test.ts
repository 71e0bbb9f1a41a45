/** `deno task demo -- --once`, as a person starts it. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";

Deno.test("the demo makes its calls, shows real answers and ends well", async () => {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", join(import.meta.dirname ?? ".", "main.ts"), "--once"],
    stdin: "null",
    env: { NO_COLOR: "1" },
  }).output();
  const out = new TextDecoder().decode(stdout);
  assertEquals([code, out.match(/^✖.*$/gm)], [0, null], new TextDecoder().decode(stderr) + out);
  for (
    const part of [
      "pump.log",
      '{"name":"visits","value":2}',
      "harbour",
      "denied http",
      "All answers were right.",
    ]
  ) {
    assertStringIncludes(out, part);
  }
});
