/** Pictures of every screen, for people to look at: `deno run -A tests/console/shots_task.ts FOLDER`. */
import { join } from "@std/path";
import { Buffer } from "node:buffer";
import type { Browser, Page } from "playwright-core";
import { packImage } from "../../runtime/unit/pack.ts";
import { startBrowser } from "./browser.ts";
import { createFake, FAKE_KEY } from "./fake.ts";

const SCREENS: readonly (readonly [string, string])[] = [
  ["services", "#/"],
  ["overview", "#/services/api-log-reader"],
  ["access", "#/services/api-log-reader/access"],
  ["logs", "#/services/api-log-reader/logs"],
  ["try", "#/services/api-log-reader/try"],
  ["versions", "#/services/api-log-reader/versions"],
  ["deploy", "#/deploy"],
  ["host", "#/host"],
  ["keys", "#/keys"],
  ["api", "#/api"],
];

async function shoot(
  browser: Browser,
  origin: string,
  folder: string,
  width: number,
  scheme: "light" | "dark",
) {
  const page = await browser.newPage({
    viewport: { width, height: width > 600 ? 800 : 844 },
    colorScheme: scheme,
    deviceScaleFactor: 1,
  });
  const shot = (name: string) =>
    page.screenshot({ path: join(folder, `${name}-${width}-${scheme}.png`), fullPage: name !== "logs" });
  await page.goto(`${origin}/console/`);
  await page.waitForSelector("#key");
  await shot("login");
  await page.fill("#key", FAKE_KEY);
  await page.clock.install();
  await page.click("button[type=submit]");
  await page.waitForSelector(".service-card");
  for (let turn = 0; turn < 110; turn++) {
    await page.clock.runFor(2_000);
    await page.waitForTimeout(4);
  }
  for (const [name, hash] of SCREENS) {
    await page.evaluate((to) => location.hash = to, hash);
    await page.clock.runFor(2_000);
    await page.waitForTimeout(250);
    await page.clock.runFor(100);
    if (name === "try") await page.click("button[type=submit]");
    if (name === "api") await page.click(".operation summary");
    if (name === "deploy") await chooseTar(page);
    await page.waitForTimeout(150);
    await shot(name);
  }
  await page.evaluate((to) => location.hash = to, "#/services/api-greeter");
  await page.click("text=Remove");
  await shot("remove");
  await page.close();
}

async function chooseTar(page: Page) {
  const tar = await packImage({
    manifest: MANIFEST,
    module: { path: "log-reader.wasm", bytes: new Uint8Array(40_000) },
  });
  await page.setInputFiles("#tar", {
    name: "log-reader-1.5.0.tar",
    mimeType: "application/x-tar",
    buffer: Buffer.from(tar),
  });
  await page.waitForSelector(".asks");
  await page.click("text=Configuration and folders");
}

const MANIFEST = JSON.stringify({
  berth: 1,
  name: "log-reader",
  version: "1.5.0",
  module: "log-reader.wasm",
  capabilities: {
    clock: true,
    http: { allow: ["https://metrics.example.org"] },
    files: { mounts: [{ guest: "/logs", access: "read" }] },
  },
});

if (import.meta.main) {
  const folder = Deno.args[0] ?? await Deno.makeTempDir();
  await Deno.mkdir(folder, { recursive: true });
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, createFake().app.fetch);
  await using browser = await startBrowser();
  for (const width of [1280, 390]) {
    for (const scheme of ["light", "dark"] as const) {
      await shoot(browser, `http://127.0.0.1:${server.addr.port}`, folder, width, scheme);
    }
  }
  await server.shutdown();
  console.log(folder);
}
