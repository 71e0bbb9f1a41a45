/** A real Chromium for tests: the distribution's, found or installed, and never a download of its own. */
import { type Browser, chromium } from "playwright-core";

/** Where Debian and its relatives, and others, put it. */
const PLACES: readonly string[] = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
];

/** A name of this machine that browsers do not trust as they trust loopback: a device is reached like this. */
export const DEVICE_NAME = "device.test";

/** Without these Chromium looks for its maker's hosts at each start; the sandbox does not work for root. */
const FLAGS: readonly string[] = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-dev-shm-usage",
  `--host-resolver-rules=MAP ${DEVICE_NAME} 127.0.0.1`,
];

function found(): string | null {
  for (const path of PLACES) {
    try {
      if (Deno.statSync(path).isFile) return path;
    } catch {
      // Not there.
    }
  }
  return null;
}

/** The path of a Chromium; installs Debian's package when there is none and this may be done. */
export async function findChromium(): Promise<string> {
  const here = found();
  if (here) return here;
  const steps = [["update"], ["install", "-y", "--no-install-recommends", "chromium", "fonts-dejavu-core"]];
  let said = "this process is not root";
  if (Deno.uid() === 0) {
    for (const step of steps) {
      const { success, stderr } = await new Deno.Command("apt-get", {
        args: ["-qq", ...step],
        env: { DEBIAN_FRONTEND: "noninteractive" },
        stdout: "null",
        stderr: "piped",
      }).output();
      if (!success) said = new TextDecoder().decode(stderr).trim();
    }
  }
  const installed = found();
  if (installed) return installed;
  throw new Error(
    `the console's tests need Chromium, and there is none: install the package chromium (${said})`,
  );
}

/** Starts one; close it with `await using`. */
export async function startBrowser(): Promise<Browser> {
  return await chromium.launch({ executablePath: await findChromium(), headless: true, args: [...FLAGS] });
}
