import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { workerOptionsState } from "./worker_options.ts";

const ROOT = new URL("../", import.meta.url).pathname;
const SCRIPT = `
  import { createHost } from ${JSON.stringify(new URL("../mod.ts", import.meta.url).href)};
  const folder = Deno.makeTempDirSync();
  try {
    await using host = await createHost({ dataFolder: folder });
    console.log("opened", host.health().status);
  } catch (error) {
    console.log("refused", error.code);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }`;

/** Runs it with the project's import map but none of its unstable features. */
async function open(...flags: string[]): Promise<{ code: number; text: string }> {
  const { imports } = JSON.parse(Deno.readTextFileSync(`${ROOT}deno.json`));
  const folder = Deno.makeTempDirSync();
  try {
    Deno.writeTextFileSync(
      `${folder}/deno.json`,
      JSON.stringify({ imports: { ...imports, "@std/assert": `${ROOT}tests/assert.ts` } }),
    );
    Deno.writeTextFileSync(`${folder}/open.js`, SCRIPT);
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",

        "--no-lock",
        "--quiet",
        `--config=${folder}/deno.json`,
        ...flags,
        `${folder}/open.js`,
      ],
      stdout: "piped",
      stderr: "piped",
    }).output();
    return { code, text: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test("the option is seen where deno.json gives it", () => {
  assertEquals(workerOptionsState(), "on");
});

Deno.test("a host without the option is refused with an error that can be caught", async () => {
  const { code, text } = await open("-A");
  assertStringIncludes(text, "refused worker-options-missing");
  assertEquals(code, 0);
});

Deno.test("with the flag it opens, and so it does where nothing can be known", async () => {
  const [flagged, unknown] = await Promise.all([
    open("-A", "--unstable-worker-options"),
    open("--allow-read", "--allow-write", "--allow-sys", "--allow-net", "--no-prompt"),
  ]);
  assert(flagged.text.includes("opened ok"), flagged.text);
  assert(unknown.text.includes("opened ok"), unknown.text);
});
