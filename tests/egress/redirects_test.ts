/** Redirects: each hop is checked like the first, bounded, and takes along only what it may. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  openTest,
  refuses,
  requestTo,
  serveTest,
  tableLookup,
  textOf,
} from "../../capabilities/http/testing.ts";

/** Answers `/to?status&location` with that redirect, and anything else with what came. */
function redirecting(request: IncomingMessage, answer: ServerResponse): void {
  const url = new URL(request.url ?? "/", "http://x");
  const location = url.searchParams.get("location");
  const chunks: string[] = [];
  request.setEncoding("utf8").on("data", (chunk: string) => chunks.push(chunk));
  request.on("end", () => {
    if (location !== null) {
      answer.writeHead(Number(url.searchParams.get("status") ?? 302), { location });
      answer.end("moved");
    } else {answer.end(
        JSON.stringify({ method: request.method, headers: request.headers, body: chunks.join("") }),
      );}
  });
}

const to = (base: string, location: string, status = 302) =>
  `${base}/to?status=${status}&location=${encodeURIComponent(location)}`;

Deno.test("redirect: is followed within the list, also when it is relative", async () => {
  await using one = await serveTest(redirecting);
  await using two = await serveTest(redirecting);
  const [a, b] = [`http://127.0.0.1:${one.port}`, `http://127.0.0.1:${two.port}`];
  using client = openTest([a, b]);
  for (
    const location of [`${b}/end`, "/end", "end", "?end", `//127.0.0.1:${two.port}/end`, "/a/../end#fragment"]
  ) {
    const answer = await client.fetch(requestTo(to(a, location)));
    assertEquals([answer.status, JSON.parse(await textOf(answer)).method], [200, "GET"], location);
  }
  assertEquals((await client.fetch(requestTo(to(a, "/end")))).url, `${a}/end`);
});

Deno.test("redirect: to another host, port, scheme or spelling outside the list is refused there", async () => {
  await using server = await serveTest(redirecting);
  await using outside = await serveTest(redirecting);
  const base = `http://127.0.0.1:${server.port}`;
  using client = openTest([base]);
  const forbidden = [
    `http://127.0.0.1:${outside.port}/`,
    `http://127.1:${outside.port}/`,
    `http://2130706433:${outside.port}/`,
    `http://[::ffff:7f00:1]:${outside.port}/`,
    `//127.0.0.1:${outside.port}/`,
    `https://127.0.0.1:${server.port}/`,
    "http://169.254.169.254/latest/meta-data/",
    "http://evil.test/",
    "ftp://127.0.0.1/",
    "file:///etc/passwd",
    "data:text/plain,x",
    "javascript:alert(1)",
  ];
  for (const location of forbidden) {
    const error = await refuses("denied", () => client.fetch(requestTo(to(base, location))));
    assertStringIncludes(error.manifestLine, '"http": {"allow": [');
    // Two hops deep as well.
    await refuses("denied", () => client.fetch(requestTo(to(base, to(base, location)))));
  }
  assertEquals([outside.connections(), client.usage.open, client.usage.denied], [0, 0, forbidden.length * 2]);
});

Deno.test("redirect: to a URL with credentials, or to none, is an error", async () => {
  await using server = await serveTest(redirecting);
  const base = `http://127.0.0.1:${server.port}`;
  using client = openTest([base]);
  for (const location of [base.replace("//", "//user:pass@"), "http://", "http://[", "http://a b/"]) {
    await refuses("unreachable", () => client.fetch(requestTo(to(base, location))));
  }
});

Deno.test("redirect: a loop ends at the limit; exactly the limit passes", async () => {
  await using server = await serveTest((request, answer) => {
    const left = Number(request.url?.slice(1));
    if (left === 0) return void answer.end("end");
    answer.writeHead(302, { location: `/${left - 1}` }).end();
  });
  const base = `http://127.0.0.1:${server.port}`;
  using client = openTest([base], { limits: { egressRedirectsMaxCount: 3 } });
  assertEquals(await textOf(await client.fetch(requestTo(`${base}/3`))), "end");
  const error = await refuses("unreachable", () => client.fetch(requestTo(`${base}/4`)));
  assertStringIncludes(error.message, "3 redirects");
  assertEquals(server.requests(), 8);
});

Deno.test("redirect: manual gives the answer itself, even to a place outside of the list", async () => {
  await using server = await serveTest(redirecting);
  const base = `http://127.0.0.1:${server.port}`;
  using client = openTest([base]);
  const answer = await client.fetch(requestTo(to(base, "http://evil.test/"), { redirects: "manual" }));
  assertEquals(answer.status, 302);
  assertEquals(answer.headers.find(([name]) => name === "location")?.[1], "http://evil.test/");
  assertEquals(await textOf(answer), "moved");
});

Deno.test("redirect: credentials stay within an origin, other headers go along", async () => {
  await using one = await serveTest(redirecting);
  await using two = await serveTest(redirecting);
  const lookup = tableLookup(() => ["127.0.0.1"]);
  const [a, b] = [`http://127.0.0.1:${one.port}`, `http://127.0.0.1:${two.port}`];
  const named = `http://name.test:${one.port}`;
  using client = openTest([a, b, named], { lookup });
  const headers: [string, string][] = [
    ["Authorization", "Bearer secret"],
    ["Cookie", "session=1"],
    ["X-Trace", "t"],
  ];
  const seen = async (location: string) =>
    JSON.parse(await textOf(await client.fetch(requestTo(to(a, location), { headers })))).headers;
  const same = await seen("/end");
  assertEquals([same.authorization, same.cookie, same["x-trace"]], ["Bearer secret", "session=1", "t"]);
  for (const location of [`${b}/end`, `${named}/end`, to(b, `${a}/end`)]) {
    const other = await seen(location);
    assertEquals(
      [other.authorization, other.cookie, other["x-trace"]],
      [undefined, undefined, "t"],
      location,
    );
    assert(!JSON.stringify(other).includes("secret"));
  }
});

Deno.test("redirect: the method and body change as the fetch standard says", async () => {
  await using server = await serveTest(redirecting);
  const base = `http://127.0.0.1:${server.port}`;
  using client = openTest([base]);
  const headers: [string, string][] = [["content-type", "text/plain"]];
  for (
    const [status, method, becomes] of [
      [301, "POST", "GET"],
      [302, "POST", "GET"],
      [303, "POST", "GET"],
      [303, "PUT", "GET"],
      [303, "DELETE", "GET"],
      [301, "PUT", "PUT"],
      [302, "PATCH", "PATCH"],
      [307, "POST", "POST"],
      [308, "PUT", "PUT"],
    ] as const
  ) {
    const body = new TextEncoder().encode("text");
    const answer = await client.fetch(requestTo(to(base, "/end", status), { method, headers, body }));
    const seen = JSON.parse(await textOf(answer));
    const kept = becomes === method;
    assertEquals(
      [seen.method, seen.body, seen.headers["content-type"], seen.headers["content-length"]],
      kept ? [method, "text", "text/plain", "4"] : ["GET", "", undefined, undefined],
      `${status} ${method}`,
    );
  }
  const stream = () => ReadableStream.from([new Uint8Array(3)]);
  const post = { method: "POST", body: stream() };
  await refuses("unreachable", () => client.fetch(requestTo(to(base, "/end", 307), post)));
  const answer = await client.fetch(requestTo(to(base, "/end", 303), { method: "POST", body: stream() }));
  assertEquals(JSON.parse(await textOf(answer)).method, "GET");
});

Deno.test("redirect: the deadline is one for all hops", async () => {
  await using server = await serveTest((request, answer) => {
    setTimeout(() => answer.writeHead(302, { location: `${request.url}x` }).end(), 30);
  });
  const base = `http://127.0.0.1:${server.port}`;
  using client = openTest([base], { limits: { egressMaxMs: 100, egressRedirectsMaxCount: 20 } });
  await refuses("timeout", () => client.fetch(requestTo(`${base}/`)));
});
