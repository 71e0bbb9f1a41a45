/** `berth dev`: from saving a file to the new answer. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { changes } from "../../runtime/cli/watch.ts";
import { berth } from "./testing.ts";

/** Waits until something holds; the test's own bound, never a measure. */
async function until<T>(look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (let tries = 0; tries < 600; tries++) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`waited a minute in vain for ${look}`);
}

Deno.test("dev deploys what is saved, shows the log, and goes on after a mistake", async () => {
  const folder = await Deno.makeTempDir({ prefix: "berth-dev-test-" });
  const abort = new AbortController();
  try {
    await berth(["new", "assemblyscript", "hello"], { cwd: folder });
    let out = "";
    let err = "";
    const running = berth(["dev", "hello", "--port", "0"], {
      cwd: folder,
      interrupted: abort.signal,
      onOut: (text) => out += text,
      onErr: (text) => err += text,
    });
    running.then(({ code, err }) => code === 0 || console.error(err));
    const url = await until(() => /http:\/\/\S+\/hello\/v1/.exec(err)?.[0]);
    const greeting = async () => (await (await fetch(`${url}/hello/Ada`)).json()).greeting;
    assertEquals(await greeting(), "hello Ada");
    await until(() => out.includes("said hello") || undefined);

    const source = join(folder, "hello/assembly/index.ts");
    const text = await Deno.readTextFile(source);
    await Deno.writeTextFile(source, text.replace('"hello " + name', "missing + name"));
    await until(() => err.includes("Cannot find name 'missing'") || undefined);
    assertEquals(await greeting(), "hello Ada");

    await Deno.writeTextFile(source, text.replace('"hello " + name', '"good evening " + name'));
    await until(async () => await greeting() === "good evening Ada" || undefined);
    assertStringIncludes(err, "assembly/index.ts changed");

    abort.abort();
    assertEquals((await running).code, 0);
  } finally {
    abort.abort();
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("what is built does not count as a change; several files are one", async () => {
  const root = await Deno.realPath(await Deno.makeTempDir({ prefix: "berth-dev-test-" }));
  const abort = new AbortController();
  try {
    await Deno.mkdir(join(root, "build"));
    const seen = changes(root, abort.signal);
    const next = seen.next();
    await Deno.writeTextFile(join(root, "build", "x.wasm"), "");
    await Deno.writeTextFile(join(root, "b.cpp"), "");
    await Deno.writeTextFile(join(root, "a.cpp"), "");
    assertEquals((await next).value, ["a.cpp", "b.cpp"]);
    const end = seen.next();
    abort.abort();
    assertEquals((await end).done, true);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("a project without a manifest is told before anything is watched for", async () => {
  const { code, err } = await berth(["dev", "/nowhere-at-all", "--host", "127.0.0.1:1"]);
  assertEquals(code, 1);
  assertMatch(err, /is not a folder/);
});
