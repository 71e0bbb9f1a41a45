/** The first segments of paths that belong to the host; no client may have one of them as its id. */
export const RESERVED_SEGMENTS: ReadonlySet<string> = new Set([
  "",
  ".well-known",
  "berth",
  "console",
  "healthz",
  "jsonrpc",
  "mcm",
  "mds",
  "metrics",
  "mimik-mesh",
  "readyz",
  "ws",
]);

/** Whether a URL's path begins with a reserved segment; the path is taken as it is written. */
export function isReserved(url: string): boolean {
  const start = url.indexOf("/", url.indexOf("//") + 2) + 1;
  let end = start;
  for (; end < url.length; end++) {
    const code = url.charCodeAt(end);
    if (code === 0x2f || code === 0x3f) break; // a slash or the query
  }
  return RESERVED_SEGMENTS.has(url.slice(start, end));
}
