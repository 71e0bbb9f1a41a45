/** What an operator does with signatures and grants; a real host that takes signed images only. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { createHost, parseTrustedKeys, serveHost } from "../../mod.ts";
import { EXIT } from "../../runtime/cli/errors.ts";
import { berth } from "./testing.ts";

Deno.test("a folder is signed as it is deployed; what it was granted is taken back, a line and a whole", async () => {
  const folder = await Deno.makeTempDir({ prefix: "berth-cli-test-" });
  const made = await berth(["key", "new-signing", "release"], { cwd: folder });
  const host = await createHost({
    dataFolder: join(folder, "data"),
    trustedKeys: parseTrustedKeys(made.out),
  });
  const listening = serveHost(host, { hostname: "127.0.0.1", port: 0 });
  const cache = Deno.env.get("BERTH_CACHE");
  const env = {
    EDGE_ENGINE_URI: listening.origin,
    BERTH_DATA: join(folder, "data"),
    ...(cache ? { BERTH_CACHE: cache } : {}),
  };
  const run = (...args: string[]) => berth(args, { cwd: folder, env });
  try {
    await run("new", "assemblyscript", "relay");
    const manifest = join(folder, "relay/berth.json");
    const value = JSON.parse(await Deno.readTextFile(manifest));
    value.capabilities.http = { allow: ["https://a.example", "https://b.example"] };
    await Deno.writeTextFile(manifest, JSON.stringify(value));

    const signed = await run("deploy", "relay", "--approve", "--sign", "release.key");
    assertEquals(signed.code, 0, signed.err);
    const byVariable = await berth(["deploy", "relay"], {
      cwd: folder,
      env: { ...env, BERTH_SIGNING_KEY: "release.key" },
    });
    assertEquals(byVariable.code, 0, byVariable.err);
    await run("pack", "relay", "-o", "relay.tar");
    const unsigned = await run("deploy", "relay.tar");
    assertEquals(unsigned.code, EXIT.refused);
    assertStringIncludes(unsigned.err, "the image has no signature");
    const packed = await run("deploy", "relay.tar", "--sign", "release.key");
    assertEquals(packed.code, EXIT.usage);
    assertStringIncludes(packed.err, "berth pack --sign");
    assertEquals((await run("deploy", "relay", "--sign", "missing.key")).code, EXIT.failure);

    const unasked = await run("revoke", "relay", "http");
    assertEquals(unasked.code, EXIT.usage);
    assertStringIncludes(unasked.err, "calls b.example, port 443, encrypted");
    const kept = await berth(["revoke", "relay", "http"], { cwd: folder, env, answers: ["n"] });
    assertEquals([kept.code, kept.out], [0, "It keeps it.\n"]);
    const line = await run("revoke", "relay", "http", "calls a.example, port 443, encrypted", "--yes");
    assertEquals(line.code, 0, line.err);
    assertStringIncludes(line.out, "It goes on without; it is running.");
    const left = await run("grant", "relay", "--show");
    assertEquals([left.out.includes("a.example"), left.out.includes("b.example")], [false, true]);
    assertEquals((await berth(["revoke", "relay", "http"], { cwd: folder, env, answers: ["y"] })).code, 0);
    assertEquals((await run("grant", "relay", "--show")).out.includes("b.example"), false);
    const again = await run("revoke", "relay", "http", "--yes");
    assertEquals(again.code, EXIT.refused);
    assertStringIncludes(again.err, "does not hold http");
    assertStringIncludes((await run("inspect", "relay")).out, "storageMaxBytes, now");
  } finally {
    await listening.stop(1_000);
    await host.close();
    await Deno.remove(folder, { recursive: true });
  }
});
