/** What the README shows under "In your own app", in a folder of its own, with a service deployed to it. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { dirname, join } from "@std/path";
import { handler } from "../guests/wat.ts";
import { pack } from "./harness.ts";

const ROOT = dirname(dirname(import.meta.dirname ?? ""));
const START_MAX_MS = 20_000;

Deno.test("the README's app, in another folder, takes a service and answers", async () => {
  const readme = await Deno.readTextFile(join(ROOT, "README.md"));
  const section = readme.split("## In your own app")[1]?.split("\n## ")[0] ?? "";
  const block = (language: string) => new RegExp("```" + language + "\\n([^]*?)```").exec(section)?.[1] ?? "";
  assertStringIncludes(block("ts"), "port: 8083");
  const folder = await Deno.makeTempDir({ prefix: "berth-app-test-" });
  await Deno.writeTextFile(join(folder, "deno.json"), block("json").replaceAll("../berth", ROOT));
  await Deno.writeTextFile(join(folder, "main.ts"), block("ts").replace("port: 8083", "port: 0"));
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "main.ts"],
    cwd: folder,
    stdout: "null",
    stderr: "piped",
    env: { NO_COLOR: "1" },
  }).spawn();
  try {
    const origin = await listening(child.stderr);
    const key = (await Deno.readTextFile(join(folder, "berth-data/api-key"))).trim();
    const form = new FormData();
    form.set("image", new Blob([await pack("hello", handler({ answer: "from the app" }))]));
    const deployed = await fetch(`${origin}/berth/v1/deployments`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}` },
      body: form,
    });
    assertEquals([deployed.ok, (await deployed.json()).name], [true, "hello"]);
    assertEquals(await (await fetch(`${origin}/api/hello`)).text(), "from the app");
  } finally {
    child.kill("SIGKILL");
    await child.status;
    await Deno.remove(folder, { recursive: true });
  }
});

/** The address that the server says it listens at; its output is read on, so that it never waits for us. */
async function listening(stderr: ReadableStream<Uint8Array>): Promise<string> {
  const found = Promise.withResolvers<string>();
  const late = setTimeout(() => found.reject(new Error(`it did not listen: ${text}`)), START_MAX_MS);
  let text = "";
  (async () => {
    for await (const piece of stderr.pipeThrough(new TextDecoderStream())) {
      text += piece;
      const port = /Listening on http:\/\/[^:]+:(\d+)/.exec(text)?.[1];
      if (port) found.resolve(`http://127.0.0.1:${port}`);
    }
    found.reject(new Error(`it ended: ${text}`));
  })();
  return await found.promise.finally(() => clearTimeout(late));
}
