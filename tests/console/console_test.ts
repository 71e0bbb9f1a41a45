/** The console's files: complete, typed, bounded, and served with headers that keep others out. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";
import { consoleRoutes } from "../../runtime/server/console.ts";
import { CONSOLE_ASSETS } from "../../runtime/server/console/assets.ts";

const FOLDER = new URL("../../runtime/server/console/assets/", import.meta.url);
const LINES_MAX = 400;

Deno.test("every file of the folder is served as it is, with a type and no other", async () => {
  const names = [...Deno.readDirSync(FOLDER)].map(({ name }) => name).sort();
  assertEquals(Object.keys(CONSOLE_ASSETS).sort(), names);
  const app = consoleRoutes();
  for (const name of names) {
    const response = await app.request(name === "index.html" ? "/console/" : `/console/${name}`);
    const text = await response.text();
    assertEquals([response.status, text], [200, Deno.readTextFileSync(new URL(name, FOLDER))], name);
    assertEquals(response.headers.get("x-content-type-options"), "nosniff");
    const wanted = { html: "text/html", css: "text/css", js: "text/javascript", svg: "image/svg+xml" };
    const type = wanted[name.slice(name.lastIndexOf(".") + 1) as keyof typeof wanted];
    assertStringIncludes(response.headers.get("content-type") ?? "", type);
    assert(text.split("\n").length <= LINES_MAX, `${name} has more than ${LINES_MAX} lines`);
  }
});

Deno.test("the page may run only its own files and be framed by nobody", async () => {
  const response = await consoleRoutes().request("/console/");
  const policy = response.headers.get("content-security-policy") ?? "";
  for (
    const part of [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "connect-src 'self'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
      "form-action 'none'",
      "require-trusted-types-for 'script'",
    ]
  ) assertStringIncludes(policy, part);
  assert(!/unsafe|\*|https?:/.test(policy), policy);
  assertEquals(response.headers.get("referrer-policy"), "no-referrer");
  const opener = async (origin: string) =>
    (await consoleRoutes().request(`${origin}/console/`)).headers.get("cross-origin-opener-policy");
  assertEquals(await opener("http://127.0.0.1:8083"), "same-origin");
  assertEquals(await opener("https://device.example"), "same-origin");
  assertEquals(await opener("http://device.example"), null, "browsers ignore it there, with an error");
});

Deno.test("the files name no other host and load nothing that is not served", () => {
  for (const [name, text] of Object.entries(CONSOLE_ASSETS)) {
    const elsewhere = [...text.matchAll(/["'(](?:https?:)?\/\/[^"')\s]+/g)].map(([found]) => found)
      .filter((found) => !found.includes("www.w3.org"));
    assertEquals(elsewhere, [], name);
    for (const [, path] of text.matchAll(/(?:from |src=|href=)"\.?\/?([\w.]+\.(?:js|css|svg))"/g)) {
      assert(Object.hasOwn(CONSOLE_ASSETS, path ?? ""), `${name} loads ${path}`);
    }
    assert(!/innerHTML|insertAdjacentHTML|document\.write|eval\(/.test(text), name);
  }
});

Deno.test("a file that has not changed is not sent again", async () => {
  const app = consoleRoutes();
  const first = await app.request("/console/app.js");
  const again = await app.request("/console/app.js", {
    headers: { "if-none-match": first.headers.get("etag") ?? "" },
  });
  assertEquals([again.status, await again.text()], [304, ""]);
  assertEquals((await app.request("/console")).headers.get("location"), "/console/");
});

Deno.test("the modules are well typed, against the schemas of the replies too", async () => {
  const config = JSON.parse(Deno.readTextFileSync(new URL("../../deno.json", import.meta.url)));
  const file = await Deno.makeTempFile({ suffix: ".json" });
  try {
    await Deno.writeTextFile(
      file,
      JSON.stringify({
        compilerOptions: {
          checkJs: true,
          strict: true,
          noUncheckedIndexedAccess: true,
          exactOptionalPropertyTypes: true,
          noUnusedLocals: true,
          lib: ["dom", "dom.iterable", "dom.asynciterable", "esnext"],
        },
        imports: { zod: config.imports.zod },
      }),
    );
    const scripts = Object.keys(CONSOLE_ASSETS).filter((name) => name.endsWith(".js"))
      .map((name) => fileURLToPath(new URL(name, FOLDER)));
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["check", "--quiet", "--config", file, "--no-lock", ...scripts],
      env: { NO_COLOR: "1" },
    }).output();
    assert(success, new TextDecoder().decode(stderr));
  } finally {
    await Deno.remove(file);
  }
});
