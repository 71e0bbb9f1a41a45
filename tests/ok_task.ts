/** The one gate: format, lint, types, documentation, tests. Ends with a line `N passed, N failed`. */

/** One step of the gate. */
interface Step {
  readonly name: string;
  readonly args: readonly string[];
}

const STEPS: readonly Step[] = [
  { name: "format", args: ["fmt", "--check", "--quiet"] },
  { name: "lint", args: ["lint", "--quiet"] },
  { name: "types", args: ["check", "--quiet", "."] },
  { name: "documentation", args: ["doc", "--lint", "--quiet", "mod.ts"] },
  // Unchecked: Deno imports the module's names once more, and an import without use is an error here.
  { name: "examples in it", args: ["test", "--doc", "--no-check", "-A", "--quiet", "mod.ts"] },
];

// deno-lint-ignore no-control-regex -- the colours of a terminal begin with one
const plain = (text: string) => text.replace(/\x1b\[[0-9;]*m/g, "");

async function run(args: readonly string[]): Promise<{ success: boolean; output: string }> {
  const child = new Deno.Command(Deno.execPath(), { args: [...args], stdout: "piped", stderr: "piped" })
    .spawn();
  let output = "";
  const copy = async (stream: ReadableStream<Uint8Array>, to: typeof Deno.stdout) => {
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      output += decoder.decode(chunk, { stream: true });
      await to.write(chunk);
    }
  };
  const [status] = await Promise.all([
    child.status,
    copy(child.stdout, Deno.stdout),
    copy(child.stderr, Deno.stderr),
  ]);
  return { success: status.success, output };
}

let passed = 0;
let failed = 0;
for (const { name, args } of STEPS) {
  const began = performance.now();
  const { success } = await run(args);
  console.log(
    `${success ? "ok    " : "FAILED"} ${name} (${((performance.now() - began) / 1000).toFixed(1)} s)`,
  );
  if (success) passed++;
  else failed++;
}
// The README's own command, as a user would run it.
const tests = await run(["task", "test"]);
const summary = /(\d+) passed(?: \(\d+ steps?\))? \| (\d+) failed/.exec(plain(tests.output));
if (!summary) console.log("the tests did not report how many passed");
passed += Number(summary?.[1] ?? 0);
failed += Number(summary?.[2] ?? 1);
if (!tests.success && Number(summary?.[2] ?? 0) === 0) failed++;
console.log(`${passed} passed, ${failed} failed`);
Deno.exit(failed === 0 && passed > 0 ? 0 : 1);
