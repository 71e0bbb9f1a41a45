/** Names: where they lead is checked, and the address that was checked is the one connected to. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { openTest, refuses, requestTo, serveTest, textOf } from "../../capabilities/http/testing.ts";
import { lookupBy, serveNames } from "./names.ts";

/** Starts a server on each of two loopback addresses, at one port. */
async function twoServers() {
  const secret = await serveTest((_request, answer) => answer.end("secret"));
  const open = Deno.serve({
    hostname: "127.0.0.2",
    port: secret.port,
    onListen: () => {},
  }, () => new Response("open", { headers: { connection: "close" } }));
  return {
    secret,
    port: secret.port,
    async [Symbol.asyncDispose]() {
      await secret[Symbol.asyncDispose]();
      await open.shutdown();
    },
  };
}

Deno.test("names: one that leads to a special address is refused before anything is connected to", async () => {
  await using server = await serveTest((_request, answer) => answer.end("secret"));
  const leads: Record<string, string> = {
    "loopback.test": "127.0.0.1",
    "metadata.test": "169.254.169.254",
    "private.test": "10.0.0.5",
    "any.test": "0.0.0.0",
  };
  await using names = await serveNames((name) => [leads[name] ?? "192.0.2.1"]);
  const allow = Object.keys(leads).map((name) => `http://${name}:${server.port}`);
  using client = openTest(allow, { lookup: lookupBy(names) });
  for (const [name, address] of Object.entries(leads)) {
    const error = await refuses("denied", () => client.fetch(requestTo(`http://${name}:${server.port}/`)));
    assertEquals(error.manifestLine, `"http": {"allow": ["http://${address}:${server.port}"]}`);
    assert(!error.message.includes(address), "the guest does not learn the address");
    assertStringIncludes(error.message, "leads to a");
  }
  assertEquals([server.connections(), client.usage.denied], [0, 4]);
});

Deno.test("names: a private address passes when it is allowed by address, at that port and scheme only", async () => {
  await using server = await serveTest((_request, answer) => answer.end("hi"));
  await using names = await serveNames(() => ["127.0.0.1"]);
  const url = `http://device.test:${server.port}`;
  const lookup = lookupBy(names);
  for (const other of ["127.0.0.1", `127.0.0.0/8:${server.port}`]) {
    const pattern = other.includes(":") ? `http://${other}` : `http://${other}:${server.port}`;
    using client = openTest([url, pattern], { lookup });
    assertEquals(await textOf(await client.fetch(requestTo(url))), "hi", pattern);
  }
  for (
    const pattern of [
      `https://127.0.0.1:${server.port}`,
      "http://127.0.0.1:1",
      `http://0.0.0.0/0:${server.port}`,
    ]
  ) {
    using client = openTest([url, pattern], { lookup });
    await refuses("denied", () => client.fetch(requestTo(url)));
  }
  using byAddressOnly = openTest([`http://127.0.0.1:${server.port}`], { lookup });
  await refuses("denied", () => byAddressOnly.fetch(requestTo(url)));
});

Deno.test("names: a name that changes its address between requests gains nothing (rebinding)", async () => {
  await using servers = await twoServers();
  const url = `http://rebind.test:${servers.port}`;
  // The first answer is the harmless one, every other the one that the attacker wants.
  await using names = await serveNames((_name, turn) => [turn % 2 === 0 ? "127.0.0.2" : "127.0.0.1"]);
  using client = openTest([url, `http://127.0.0.2:${servers.port}`], { lookup: lookupBy(names) });
  const seen: string[] = [];
  for (let i = 0; i < 20; i++) {
    seen.push(await client.fetch(requestTo(url)).then(textOf).catch((error) => error.code));
  }
  assertEquals(seen, Array.from({ length: 20 }, (_, i) => i % 2 === 0 ? "open" : "denied"));
  assertEquals(servers.secret.connections(), 0);
  assertEquals(
    names.queries.length,
    20,
    "a name is asked for once for a connection: check and use share the answer",
  );
});

Deno.test("names: one bad address among good ones refuses them all", async () => {
  await using servers = await twoServers();
  const url = `http://mixed.test:${servers.port}`;
  for (const answer of [["127.0.0.2", "127.0.0.1"], ["127.0.0.1", "127.0.0.2"]]) {
    await using names = await serveNames(() => answer);
    using client = openTest([url, `http://127.0.0.2:${servers.port}`], { lookup: lookupBy(names) });
    await refuses("denied", () => client.fetch(requestTo(url)));
    assertEquals(client.usage.open, 0);
  }
  assertEquals(servers.secret.connections(), 0);
});

Deno.test("names: a kept connection stays with the address that was checked", async () => {
  await using server = await serveTest((_request, answer) => answer.end("hi"));
  const url = `http://kept.test:${server.port}`;
  await using names = await serveNames((_name, turn) => [turn === 0 ? "127.0.0.1" : "169.254.169.254"]);
  using client = openTest([url, `http://127.0.0.1:${server.port}`], { lookup: lookupBy(names) });
  for (let i = 0; i < 3; i++) assertEquals(await textOf(await client.fetch(requestTo(url))), "hi");
  assertEquals([server.connections(), names.queries], [1, ["kept.test"]]);
});

Deno.test("names: a final dot asks for the same name and the same connection", async () => {
  await using server = await serveTest((request, answer) => answer.end(request.headers.host));
  await using names = await serveNames(() => ["127.0.0.1"]);
  const allow = [`http://dot.test:${server.port}`, `http://127.0.0.1:${server.port}`];
  using client = openTest(allow, { lookup: lookupBy(names) });
  for (const host of ["dot.test", "dot.test.", "DOT.test."]) {
    assertEquals(
      await textOf(await client.fetch(requestTo(`http://${host}:${server.port}/`))),
      `dot.test:${server.port}`,
    );
  }
  assertEquals([server.connections(), names.queries], [1, ["dot.test"]]);
});
