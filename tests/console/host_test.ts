/** The console on a real host, with a real service: from the key to its removal. */
import { Buffer } from "node:buffer";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { serveHost } from "../../runtime/server/serve.ts";
import { handler, reporter } from "../guests/wat.ts";
import { pack, testHost } from "../host/harness.ts";
import { DEVICE_NAME, startBrowser } from "./browser.ts";
import { visit } from "./visit.ts";

/** Asks for the time, which needs a grant. */
const CLOCK = reporter("(call $clock (i32.const 0) (i64.const 1) (i32.const 9000))", {
  imports:
    `(import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))`,
});

Deno.test("a service is deployed, called, watched, updated, rolled back and removed from the console", async (t) => {
  await using test = await testHost();
  const listening = serveHost(test.host, { hostname: "127.0.0.1", port: 0 });
  await using browser = await startBrowser();
  await using here = await visit(browser, `http://${DEVICE_NAME}:${listening.port}`);
  const { page } = here;
  const see = (text: string) => page.getByText(text).first().waitFor();
  const drop = async (tar: Uint8Array) => {
    await here.go("#/", "Services");
    await here.go("#/deploy", "Deploy a service");
    await page.setInputFiles("#tar", {
      name: "hello.tar",
      mimeType: "application/x-tar",
      buffer: Buffer.from(tar),
    });
    await page.getByRole("button", { name: "Deploy", exact: true }).click();
  };
  await t.step("the key of the data folder signs in; nothing is deployed yet", async () => {
    await here.signIn(test.key);
    await see("No service is deployed yet");
  });
  await t.step("a tar that is none is refused with the host's own words", async () => {
    await drop(new TextEncoder().encode("this is no tar, and it is long enough to look like one".repeat(40)));
    await page.getByRole("alert").waitFor();
    assertEquals(await page.getByRole("alert").getByText("What to do:").count(), 1);
  });
  await t.step("a tar is deployed; what it asks for was shown before", async () => {
    await here.go("#/", "Services");
    await here.go("#/deploy", "Deploy a service");
    const tar = await pack("hello", handler({ answer: "ahoy" }), { capabilities: { stdio: true } });
    await page.setInputFiles("#tar", {
      name: "hello.tar",
      mimeType: "application/x-tar",
      buffer: Buffer.from(tar),
    });
    assertStringIncludes(await page.locator(".asks").textContent() ?? "", "stdio");
    await page.getByRole("button", { name: "Deploy", exact: true }).click();
    await see("hello 1.0.0 is running");
  });
  await t.step("it answers the request form", async () => {
    await page.getByRole("link", { name: "Try it" }).click();
    await page.getByLabel(/^Path/).fill("/");
    await page.getByRole("button", { name: "Send" }).click();
    await see("200 OK");
    await see("ahoy");
  });
  await t.step("its page counts the request and knows its memory and its log", async () => {
    await here.go("#/services/api-hello", "hello");
    await page.locator(".tile", { hasText: "Requests" }).getByText("1", { exact: true }).waitFor();
    await here.go("#/services/api-hello/access", "hello");
    await see("writes lines to the service's log");
    await see("128 KiB of 64 MiB");
    await here.go("#/services/api-hello/logs", "hello");
    await see("running");
  });
  await t.step("an update takes over, and the way back is open", async () => {
    await drop(await pack("hello", handler({ answer: "second" }), { version: "1.1.0" }));
    await see("hello 1.1.0 is running");
    await here.go("#/services/api-hello/versions", "hello");
    await page.getByRole("button", { name: "Go back" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Go back" }).click();
    await see("Went back to version 1.0.0");
    assertEquals(await (await test.call("/api/hello")).text(), "ahoy");
  });
  await t.step("what a service asks for beyond itself waits for the operator, in plain words", async () => {
    const capabilities = { http: { allow: ["https://api.example.com"] } };
    await drop(await pack("caller", handler(), { capabilities }));
    await see("caller 1.0.0 waits for your approval");
    assertStringIncludes(
      await page.locator(".authority").textContent() ?? "",
      "calls api.example.com, port 443",
    );
    assertEquals((await test.call("/api/caller")).status, 404);
    await page.getByRole("button", { name: "Approve" }).click();
    await page.getByRole("heading", { level: 1, name: "caller" }).waitFor();
    assertEquals((await test.call("/api/caller")).status, 200);
  });
  await t.step("what is refused goes away", async () => {
    await drop(
      await pack("greedy", handler(), { capabilities: { http: { allow: ["https://*.example.com"] } } }),
    );
    await see("greedy 1.0.0 waits for your approval");
    await page.getByRole("button", { name: "Refuse" }).click();
    await see("Refused: greedy 1.0.0");
    await page.getByRole("heading", { level: 1, name: "Services" }).waitFor();
    assertEquals(await page.getByText("waits for your approval").count(), 0);
  });
  await t.step("a denial and a failure stand on the service's page, with the line and the code", async () => {
    await test.deploy("denied", CLOCK);
    await test.deploy("broken", handler({ body: "unreachable" }));
    await (await test.call("/api/denied")).text();
    await (await test.call("/api/broken")).text();
    await here.go("#/services/api-denied", "denied");
    await page.locator(".denials", { hasText: "clock" }).locator("pre", { hasText: '"clock"' }).waitFor();
    await here.go("#/services/api-broken", "broken");
    await see("service-failed");
    await here.go("#/services/api-broken/logs", "broken");
    await page.getByLabel("Lowest level").selectOption("error");
    await page.getByText("Backtrace").click();
    await see("wasm-function");
  });
  await t.step("the host tells of itself, and its API is readable", async () => {
    await here.go("#/host", "Host");
    await see(Deno.version.deno);
    await here.go("#/api", "API");
    await page.getByText("/berth/v1/deployments").first().click();
    await see("It waits for approval");
  });
  await t.step("it is removed", async () => {
    await here.go("#/services/api-hello", "hello");
    await page.getByRole("button", { name: "Remove" }).click();
    await page.keyboard.type("hello");
    await page.keyboard.press("Enter");
    await page.locator(".service-card", { hasText: "caller" }).waitFor();
    assert((await test.call("/api/hello")).status === 404);
  });
  await t.step("a key of one's own is made, shown once, and may no more than it may", async () => {
    await here.go("#/keys", "Keys");
    await see("service.deploy");
    await page.getByLabel("Name").fill("looker");
    await page.getByRole("button", { name: "Make the key" }).click();
    const key = await page.locator(".new-key").textContent() ?? "";
    await page.getByRole("button", { name: "Sign out" }).click();
    await here.signIn(key);
    await drop(await pack("other", handler()));
    await see("The key does not allow this");
    await here.go("#/keys", "Keys");
    await see("this needs the scope admin");
  });
  here.check();
  await page.close();
  await listening.stop(100);
});
