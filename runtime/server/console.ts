/** The console: a dashboard in the browser that uses only the management API. Its files are in `console/assets`. */
import { createHash } from "node:crypto";
import { Hono } from "hono";
import { CONSOLE_ASSETS } from "./console/assets.ts";

/** The console runs only its own files, talks only to its own host, and is framed by nobody. */
const HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    // Nothing may be parsed as HTML: what guests write into logs and answers stays text.
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; "),
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
  // Asked again each time and answered 304: a new version of the host shows at once.
  "cache-control": "no-cache",
};

/**
 * Whether browsers trust the origin. Only there do they heed an opener policy, and complain of one elsewhere: a page of
 * a service lives on the same origin and must get no hold of the console's window.
 */
function isTrustworthy(url: string, forwardedProto: string | undefined): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === "https:" || forwardedProto === "https" || hostname === "localhost" ||
    hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};

/** The routes: `/console/` and its files. */
export function consoleRoutes(): Hono {
  const app = new Hono();
  app.get("/console", (c) => c.redirect("/console/", 308));
  for (const [name, text] of Object.entries(CONSOLE_ASSETS)) {
    const etag = `"${createHash("sha256").update(text).digest("base64url").slice(0, 22)}"`;
    const type = TYPES[name.slice(name.lastIndexOf(".") + 1)] ?? "text/plain; charset=utf-8";
    const plain = { ...HEADERS, "content-type": type, etag };
    const trusted = { ...plain, "cross-origin-opener-policy": "same-origin" };
    app.get(name === "index.html" ? "/console/" : `/console/${name}`, (c) => {
      const headers = isTrustworthy(c.req.url, c.req.header("x-forwarded-proto")) ? trusted : plain;
      if (c.req.header("if-none-match") === etag) return c.body(null, 304, headers);
      return c.body(text, 200, headers);
    });
  }
  return app;
}
