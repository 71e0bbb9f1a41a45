/** A visit to the console in a real browser, watched for errors and for requests to elsewhere. */
import axe from "axe-core";
import { assertEquals } from "@std/assert";
import type { Browser, Page } from "playwright-core";

/** A page with what it did. */
export interface Visit extends AsyncDisposable {
  readonly page: Page;
  /** Goes to an address of the console and waits for its heading. */
  go(hash: string, heading: string): Promise<void>;
  /** Signs in. */
  signIn(key: string): Promise<void>;
  /** Fails on errors in the console, on requests to other hosts and on secrets in addresses. */
  check(): void;
}

/** How to visit. */
export interface VisitOptions {
  readonly width?: number;
  readonly scheme?: "light" | "dark";
}

/** Opens the console. */
export async function visit(browser: Browser, origin: string, options: VisitOptions = {}): Promise<Visit> {
  const context = await browser.newContext({
    viewport: { width: options.width ?? 1280, height: 800 },
    colorScheme: options.scheme ?? "light",
    reducedMotion: "reduce",
  });
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  const errors: string[] = [];
  const elsewhere: string[] = [];
  let secret = "";
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => {
    // An answer that is an error is logged by the browser itself; the page shows it in its own way.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) {
      errors.push(message.text());
    }
  });
  page.on("request", (request) => {
    const url = request.url();
    const own = url.startsWith(`${origin}/`) || url.startsWith("blob:") || url.startsWith("data:");
    if (!own || (secret !== "" && url.includes(secret))) elsewhere.push(url);
  });
  await page.goto(`${origin}/console`);
  return {
    page,
    async go(hash, heading) {
      await page.evaluate((to) => location.hash = to, hash);
      await page.getByRole("heading", { level: 1, name: heading }).waitFor();
    },
    async signIn(key) {
      secret = key;
      await page.getByLabel("API key").fill(key);
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.getByRole("heading", { level: 1, name: "Services" }).waitFor();
    },
    check() {
      assertEquals(errors, []);
      assertEquals(elsewhere, []);
    },
    [Symbol.asyncDispose]: () => context.close(),
  };
}

/** What axe finds serious or critical, by rule, with the places; only by some rules when they are named. */
export async function seriousFindings(page: Page, rules: readonly string[] = []): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(
    (only) =>
      (globalThis as unknown as { axe: typeof axe }).axe.run({
        resultTypes: ["violations"],
        ...(only.length > 0 ? { runOnly: { type: "rule", values: only } } : {}),
      }),
    [...rules],
  );
  return violations.filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) =>
      `${id}: ${
        nodes.slice(0, 2).map(({ target, failureSummary }) => `${target} ${failureSummary}`).join("; ")
      }`
    );
}

/** Whether the page is wider than its window. */
export async function overflows(page: Page): Promise<boolean> {
  const [scroll, client] = await page.evaluate(
    "[document.documentElement.scrollWidth, document.documentElement.clientWidth]",
  ) as [
    number,
    number,
  ];
  return scroll > client;
}
