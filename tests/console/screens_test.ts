/** Every screen and flow of the console in a real Chromium, against a host that says what it is told. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Buffer } from "node:buffer";
import { startBrowser } from "./browser.ts";
import { createFake, type Fake, FAKE_KEY } from "./fake.ts";
import { overflows, seriousFindings, type Visit, visit } from "./visit.ts";

const READER = "#/services/api-log-reader";

/** Each screen, and a text that is there once it is drawn. */
const SCREENS: readonly (readonly [hash: string, heading: string, text: string])[] = [
  ["#/", "Services", "sensor-hub"],
  [READER, "log-reader", "Failed requests"],
  [`${READER}/access`, "log-reader", "Everything else is denied."],
  [`${READER}/logs`, "log-reader", "cache hit"],
  [`${READER}/try`, "log-reader", "From the OpenAPI document of Log reader."],
  [`${READER}/versions`, "log-reader", "revision 4"],
  ["#/services/api-nobody", "", "There is no service api-nobody"],
  ["#/deploy", "Deploy a service", "Drop a tar here"],
  ["#/host", "Host", "wallMaxMs"],
  ["#/keys", "Keys", "scope-missing"],
  ["#/api", "API", "Adds a line"],
];

function serve(fake: Fake): { readonly origin: string } & AsyncDisposable {
  const abort = new AbortController();
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", signal: abort.signal, onListen: () => {} },
    fake.app.fetch,
  );
  return {
    origin: `http://127.0.0.1:${server.addr.port}`,
    async [Symbol.asyncDispose]() {
      abort.abort(); // a log that is followed would never end
      await server.finished;
    },
  };
}

const see = (found: Visit, text: string) => found.page.getByText(text).first().waitFor();

/** Waits without evaluating in the page, which its CSP forbids. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 30_000;
  while (!await holds()) {
    assert(performance.now() < end, "it did not come to hold");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A page that is looked at again reads at once. */
const LOOKED_AT = `document.dispatchEvent(new Event("visibilitychange"))`;

async function signingIn(t: Deno.TestContext, here: Visit, fake: Fake) {
  const { page } = here;
  await t.step("a wrong key is refused with its cause and its fix, and the field has the focus", async () => {
    await page.getByLabel("API key").fill("wrong");
    await page.keyboard.press("Enter");
    await see(here, "Use the key in the file api-key.");
    assertEquals(await page.evaluate("document.activeElement.id"), "key");
  });
  await t.step(
    "the right key opens the services; it is in no address and lives in this tab alone",
    async () => {
      await here.signIn(FAKE_KEY);
      assertEquals(await page.evaluate("Object.keys(localStorage)"), []);
      assert(fake.seen.every(({ url }) => !url.includes(FAKE_KEY)));
      await page.reload();
      await see(here, "sensor-hub");
    },
  );
}

async function services(t: Deno.TestContext, here: Visit, fake: Fake) {
  const { page } = here;
  await t.step("services show their state, the reason of a failure, and live figures", async () => {
    await see(here, "the start of the service failed");
    const card = page.locator(".service-card", { hasText: "log-reader" });
    const before = await card.locator("dd").first().textContent();
    await until(async () => await card.locator("dd").first().textContent() !== before);
    assertEquals(await card.locator(".badge").textContent(), "running");
  });
  await t.step("what a service writes stays text", async () => {
    await here.go("#/services/api-hostile", "hostile");
    await see(here, "<img src=x onerror=");
    assertEquals(await page.locator("img[src=x], .description script").count(), 0);
  });
  await t.step("a denial names the line of berth.json that would allow it", async () => {
    await here.go(READER, "log-reader");
    await see(here, '"http": {"allow": ["https://metrics.example.org"]}');
    assertEquals(await page.locator(".plot").count(), 4);
    assertMatch(
      await page.locator(".plot").first().getAttribute("aria-label") ?? "",
      /Requests a second: requests [\d.]+/,
    );
  });
  await t.step("what asks for more is approved from its page", async () => {
    await see(here, "reads the folder /var/log of the device, as /logs");
    await page.getByRole("button", { name: "Approve" }).click();
    await page.locator(".approval").waitFor({ state: "hidden" });
    assertEquals(fake.approvals, []);
  });
  await t.step("grants stand in words, and limits against use", async () => {
    await here.go(`${READER}/access`, "log-reader");
    await see(here, "keeps keys and values in its own database on this device");
    await see(here, "49 MiB of 64 MiB");
  });
  await t.step(
    "a line of a grant is taken back after a question, and a whole one with what that breaks",
    async () => {
      const line = "measures time spans, to 1000 ns";
      await page.getByRole("button", { name: `Take back clock: ${line}` }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Take it back" }).click();
      await see(here, "Taken back from log-reader: clock");
      await page.getByText(line, { exact: true }).waitFor({ state: "detached" });
      await see(here, "reads the time of day, to 1000 ns");
      fake.trouble = "it needs its storage";
      await page.getByRole("button", { name: "Take back storage" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Take it back" }).click();
      await see(here, "log-reader does not work without it: it needs its storage");
      await page.getByRole("heading", { name: "storage" }).waitFor({ state: "detached" });
      assertEquals(fake.seen.filter(({ url }) => url.endsWith("/api-log-reader/revoke")).length, 2);
    },
  );
  await t.step("an earlier version is gone back to after a question", async () => {
    await here.go(`${READER}/versions`, "log-reader");
    await page.getByRole("button", { name: "Go back" }).first().click();
    await page.getByRole("dialog").getByRole("button", { name: "Go back" }).click();
    await see(here, "Went back to version 1.3.2");
    assert(
      fake.seen.some(({ method, url }) => method === "POST" && url.endsWith("/api-log-reader/rollback")),
    );
  });
}

async function logs(t: Deno.TestContext, here: Visit, fake: Fake) {
  const { page } = here;
  await t.step("the log is filtered by level and searched", async () => {
    await here.go(`${READER}/logs`, "log-reader");
    await see(here, "60 lines");
    await page.getByLabel("Lowest level").selectOption("error");
    await see(here, "10 of 60 lines");
    await page.getByText("Backtrace").first().click();
    await see(here, "at parse_line");
    await page.getByLabel("Lowest level").selectOption("debug");
    await page.getByLabel("Search in the log").fill("CACHE HIT");
    await see(here, "10 of 60 lines");
    assertEquals(await page.locator(".log b").count(), 0);
  });
  await t.step("host calls are traced when wanted", async () => {
    const box = page.getByLabel("Trace");
    assert(!await box.isChecked());
    await box.check();
    await until(() => Promise.resolve(fake.services[0]?.traced === true));
  });
  await t.step("leaving the page ends the stream", async () => {
    const ended = page.waitForEvent("requestfailed", (request) => request.url().includes("/logs?follow=1"));
    await here.go("#/", "Services");
    await ended;
  });
}

async function trying(t: Deno.TestContext, here: Visit, fake: Fake) {
  const { page } = here;
  await t.step(
    "a request is filled in from the service's document, sent without the key, and its answer shown",
    async () => {
      await here.go(`${READER}/try`, "log-reader");
      await page.getByLabel("Operation").waitFor();
      assertEquals(await page.getByLabel(/^Path/).inputValue(), "/lines?level=warn");
      await page.getByLabel("Operation").selectOption("1");
      assertStringIncludes(await page.getByLabel("Body").inputValue(), '"engine started"');
      await page.getByRole("button", { name: "Send" }).click();
      await see(here, "200 OK");
      await see(here, "x-served-by");
      const sent = fake.seen.filter(({ url }) => url.includes("/api/log-reader/"));
      assertEquals(sent.map(({ method, key }) => [method, key]), [["POST", false]]);
    },
  );
}

async function deploying(t: Deno.TestContext, here: Visit, fake: Fake) {
  const { page } = here;
  const drop = async () => {
    await here.go("#/", "Services");
    await here.go("#/deploy", "Deploy a service");
    await page.setInputFiles("#tar", {
      name: "some.tar",
      mimeType: "application/x-tar",
      buffer: Buffer.alloc(2048),
    });
    await page.getByRole("button", { name: "Deploy", exact: true }).click();
  };
  await t.step("a refused tar is explained key by key", async () => {
    fake.refusal = {
      type: "urn:berth:error:manifest-invalid",
      title: "The manifest is not valid",
      status: 400,
      detail: "berth.json: version",
      code: "manifest-invalid",
      fix: "Correct berth.json.",
      problems: [{ key: "version", problem: 'is "1"', fix: 'write three numbers, as in "1.0.0"' }],
    };
    await drop();
    await see(here, "The manifest is not valid");
    await see(here, 'write three numbers, as in "1.0.0"');
    fake.refusal = null;
  });
  await t.step("a good tar runs, and leads to its service", async () => {
    await drop();
    await see(here, "dropped 1.0.0 is running");
    await page.getByRole("link", { name: "Look at it" }).click();
    await page.getByRole("heading", { level: 1, name: "dropped" }).waitFor();
  });
  await t.step("a service is removed only when its name was typed", async () => {
    await page.getByRole("button", { name: "Remove" }).click();
    const dialog = page.getByRole("dialog");
    assert(await dialog.getByRole("button", { name: "Remove it" }).isDisabled());
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Remove" }).click();
    await page.keyboard.type("dropped");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "Services" }).waitFor();
    assert(fake.services.every(({ name }) => name !== "dropped"));
  });
}

async function around(t: Deno.TestContext, here: Visit, fake: Fake) {
  const { page } = here;
  await t.step("the keyboard reaches the content first, and goes round by it alone", async () => {
    await page.reload();
    await see(here, "sensor-hub");
    await page.keyboard.press("Tab");
    assertEquals(await page.evaluate("document.activeElement.className"), "skip");
    for (let presses = 0; await page.evaluate("document.activeElement.textContent") !== "Host"; presses++) {
      assert(presses < 10);
      await page.keyboard.press("Tab");
    }
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "Host" }).waitFor();
    assertEquals(await page.evaluate("document.activeElement.tagName"), "H1");
  });
  await t.step("the scheme is chosen and kept", async () => {
    const ground = () => page.evaluate("getComputedStyle(document.documentElement).backgroundColor");
    const light = await ground();
    await page.getByRole("button", { name: "Colours: system" }).click();
    await page.getByRole("button", { name: "Colours: light" }).click();
    const dark = await ground();
    assert(light !== dark);
    await page.reload();
    await page.getByRole("button", { name: "Colours: dark" }).waitFor();
    assertEquals(await ground(), dark);
  });
  await t.step("a host that does not answer is told, and its return too", async () => {
    fake.down = true;
    await page.evaluate(LOOKED_AT);
    await page.locator(".trouble").waitFor({ state: "visible" });
    fake.down = false;
    await page.evaluate(LOOKED_AT);
    await page.locator(".trouble").waitFor({ state: "hidden" });
  });
  await t.step("signing out forgets the key", async () => {
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("API key").waitFor();
    assertEquals(await page.evaluate("Object.keys(sessionStorage)"), []);
  });
}

Deno.test("the console in a real browser", async (t) => {
  const fake = createFake();
  await using server = serve(fake);
  await using browser = await startBrowser();
  {
    await using here = await visit(browser, server.origin);
    await signingIn(t, here, fake);
    await services(t, here, fake);
    await logs(t, here, fake);
    await trying(t, here, fake);
    await deploying(t, here, fake);
    await around(t, here, fake);
    here.check();
  }
  // Contrast hangs on the scheme, room on the width, and everything else on neither: two of the four hold all.
  for (const [width, scheme, rules] of [[1280, "light", []], [390, "dark", ["color-contrast"]]] as const) {
    await t.step(
      `every screen at ${width} in ${scheme}: nothing serious for axe, nothing wider than the window`,
      async () => {
        fake.approvals = createFake().approvals;
        await using here = await visit(browser, server.origin, { width, scheme });
        const findings = await seriousFindings(here.page, rules);
        await here.signIn(FAKE_KEY);
        for (const [hash, heading, text] of SCREENS) {
          if (heading === "") await here.page.evaluate((to) => location.hash = to, hash);
          else await here.go(hash, heading);
          await see(here, text);
          findings.push(...(await seriousFindings(here.page, rules)).map((finding) => `${hash} ${finding}`));
          if (await overflows(here.page)) findings.push(`${hash} is wider than ${width}`);
        }
        assertEquals(findings, []);
        here.check();
      },
    );
  }
});
