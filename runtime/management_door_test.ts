import { assertEquals, assertStringIncludes } from "@std/assert";

const ROOT = new URL("../", import.meta.url);

/** Opens a host in a process that may read little; tells whether it was opened, and whether management works. */
async function open(imports: readonly string[], ...readable: readonly string[]): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "berth-door-" });
  try {
    const script = `
      ${imports.map((name) => `import ${JSON.stringify(new URL(name, ROOT).href)};`).join("\n")}
      import { createHost } from ${JSON.stringify(new URL("mod.ts", ROOT).href)};
      try {
        await using host = await createHost({ dataFolder: ${JSON.stringify(`${folder}/data`)} });
        const reply = await host.fetch(new Request("http://berth.test/berth/v1/host"));
        console.log("opened", reply.status);
      } catch (error) {
        console.log("refused", error.code, error.internal);
      }`;
    await Deno.writeTextFile(`${folder}/open.js`, script);
    const read = [folder, "/proc", ...readable].join(",");
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--no-prompt",
        "--quiet",
        `--config=${new URL("deno.json", ROOT).pathname}`,
        `--allow-read=${read}`,
        `--allow-write=${folder}`,
        "--allow-sys",
        `${folder}/open.js`,
      ],
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
    return text(stdout) || text(stderr);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a host that may not read what management is made of says so when it is opened, not when it is needed", async () => {
  assertStringIncludes(await open([]), "refused management-unreadable Requires read access to");
});

Deno.test("it opens with the permission, and without when the program imports management itself", async () => {
  const [permitted, imported] = await Promise.all([
    open([], ROOT.pathname),
    open(["runtime/management.ts", "runtime/server/app.ts"]),
  ]);
  assertEquals([permitted, imported], ["opened 401", "opened 401"]);
});
