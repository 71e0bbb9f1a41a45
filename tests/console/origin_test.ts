/** A service's answers come from the console's own origin: what they say must stay their own affair. */
import type { Page } from "playwright-core";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { ANSWER_AT, assemble, message } from "../guests/wat.ts";
import { serveHost } from "../../runtime/server/serve.ts";
import { testHost } from "../host/harness.ts";
import { startBrowser } from "./browser.ts";
import { visit } from "./visit.ts";

/** A module that answers with these headers. */
function answering(headers: Readonly<Record<string, string>>): Uint8Array<ArrayBuffer> {
  const { text, length } = message("response.send", ["x", { statusCode: 200, headers }]);
  return assemble(`(module
    (import "env" "mk_module_api_request" (func $request (param i32 i32 i32)))
    (import "env" "mk_module_get_buffer" (func $take (param i32 i64 i32)))
    (memory (export "memory") 2 2)
    (data (i32.const ${ANSWER_AT}) "${text}")
    (func (export "mk_module_abi_version_2_0_0"))
    (func (export "mk_module_on_api_response") (param i64 i64 i32) (result i32) (i32.const 0))
    (func (export "mk_module_on_event") (param i64 i32)
      (call $request (i32.const 0) (i32.const ${ANSWER_AT}) (i32.const ${length})))
  )`);
}

Deno.test("a service cannot speak for the whole origin: no service worker above its path, nothing cleared or redirected", async () => {
  const originWide = {
    "Service-Worker-Allowed": "/",
    "Clear-Site-Data": '"*"',
    "Cross-Origin-Opener-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "Alt-Svc": 'h2="evil.example:443"',
    "NEL": '{"report_to": "x", "max_age": 1}',
    "Report-To": "{}",
    "Reporting-Endpoints": 'x="https://evil.example"',
  };
  await using test = await testHost();
  await test.deploy("loud", answering({ ...originWide, "X-Mine": "kept" }));
  const response = await test.call("/api/loud");
  await response.text();
  assertEquals(response.headers.get("x-mine"), "kept");
  for (const name of Object.keys(originWide)) assertEquals(response.headers.get(name), null, name);
});

Deno.test("a page of a service in a real browser, on the console's own origin", async (t) => {
  await using test = await testHost();
  const page = { "Content-Type": "text/html", "Cross-Origin-Opener-Policy": "same-origin" };
  await test.deploy("evil", answering(page));
  await test.deploy(
    "worker",
    answering({ "Content-Type": "text/javascript", "Service-Worker-Allowed": "/" }),
  );
  const listening = serveHost(test.host, { hostname: "127.0.0.1", port: 0 });
  await using browser = await startBrowser();
  await t.step("gets no service worker over the console", async () => {
    await using here = await visit(browser, listening.origin);
    await here.page.goto(`${listening.origin}/api/evil`);
    const refused = await here.page.evaluate(`
      navigator.serviceWorker.register("/api/worker", { scope: "/" })
        .then(() => "registered", (error) => error.message)
    `);
    assertStringIncludes(String(refused), "max scope allowed");
  });
  await t.step("loses the console's window that it opens", async () => {
    await using here = await visit(browser, listening.origin);
    await here.page.goto(`${listening.origin}/api/evil`);
    const [opened] = await Promise.all([
      here.page.context().waitForEvent("page"),
      here.page.evaluate(`globalThis.held = window.open("/console/"); 0`),
    ]);
    await opened.getByLabel("API key").waitFor();
    assertEquals(await here.page.evaluate(`held.closed`), true);
  });
  await t.step("cannot read the key in the console's own tab", async () => {
    await using here = await visit(browser, listening.origin);
    await here.signIn(test.key);
    await here.go("#/host", "Host");
    await here.page.goto(`${listening.origin}/api/evil`);
    const found = await here.page.evaluate(`JSON.stringify([
      { ...sessionStorage }, { ...localStorage }, history.state, document.cookie, window.name,
      navigation.entries().map((entry) => [entry.url, entry.getState()]),
    ])`);
    assert(!String(found).includes(test.key));
    await here.page.goBack();
    await stays(here.page, "Host");
    here.check();
  });
  await listening.stop(100);
});

/** A reload keeps the key; after signing out, the history has none. */
async function stays(page: Page, heading: string): Promise<void> {
  await page.getByRole("heading", { level: 1, name: heading }).waitFor();
  await page.reload();
  await page.getByRole("heading", { level: 1, name: heading }).waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByLabel("API key").waitFor();
  await page.goBack();
  await page.getByLabel("API key").waitFor();
  await page.reload();
  await page.getByLabel("API key").waitFor();
}
