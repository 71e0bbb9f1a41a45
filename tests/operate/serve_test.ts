/** `berth serve` as a process: TLS, signed images only, and how it ends. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { SignJWT } from "jose";
import { fileURLToPath } from "node:url";
import { join } from "@std/path";
import { listenHost } from "../../runtime/server/serve.ts";
import { berth } from "../cli/testing.ts";
import { handler } from "../guests/wat.ts";
import { pack, testHost } from "../host/harness.ts";

const pem = (name: string) => Deno.readTextFile(new URL(`./tls/${name}.pem`, import.meta.url));
const CLI = fileURLToPath(new URL("../../cli.ts", import.meta.url));

for (const front of ["fast", "safe"] as const) {
  Deno.test(`${front}: https with a certificate of one's own`, async () => {
    await using test = await testHost();
    await test.deploy("hello", handler({ answer: "encrypted" }));
    const tls = { cert: await pem("cert"), key: await pem("key") };
    const listening = await listenHost(test.host, { hostname: "127.0.0.1", port: 0, front, tls });
    assert(listening.origin.startsWith("https://"));
    using client = Deno.createHttpClient({ caCerts: [await pem("ca")] });
    const answer = await fetch(`https://localhost:${listening.port}/api/hello`, { client });
    assertEquals(await answer.text(), "encrypted");
    await listening.stop(0);
  });
}

/** A `berth serve` of its own on a free port; its first lines are read as JSON. */
async function startServe(folder: string, args: readonly string[]) {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", CLI, "serve", "--json", "-p", "0", "--data", folder, ...args],
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!text.includes("\n}\n")) {
    const { value, done } = await reader.read();
    assert(!done, `it ended: ${text}`);
    text += value;
  }
  const said = JSON.parse(text) as { origin: string; front: string };
  return { child, reader, ...said };
}

Deno.test("a signed image goes from `berth pack --sign` to `berth serve --trust`; SIGTERM ends it well", async () => {
  const folder = await Deno.makeTempDir({ prefix: "berth-test-" });
  const made = await berth(["key", "new-signing", "release"], { cwd: folder });
  assertEquals(made.code, 0, made.err);
  await Deno.writeTextFile(join(folder, "trusted"), `# who may release\n${made.out}`);
  const project = join(folder, "project");
  await Deno.mkdir(project);
  await Deno.writeFile(join(project, "service.wasm"), handler({ answer: "signed" }));
  const manifest = { berth: 1, name: "hello", version: "1.0.0", module: "service.wasm", path: "/hello" };
  await Deno.writeTextFile(join(project, "berth.json"), JSON.stringify(manifest));
  const data = join(folder, "data");
  const serve = await startServe(data, ["--trust", join(folder, "trusted")]);
  const env = { EDGE_ENGINE_URI: serve.origin, BERTH_DATA: data };
  const packed = async (...args: string[]) => {
    const done = await berth(["pack", project, "-o", join(folder, "x.tar"), ...args], { cwd: folder });
    assertEquals(done.code, 0, done.err);
    return await berth(["deploy", join(folder, "x.tar")], { cwd: folder, env });
  };
  const unsigned = await packed();
  assertEquals(unsigned.code, 3);
  assertStringIncludes(unsigned.err, "the image has no signature");
  assertEquals((await packed("--sign", "release.key")).code, 0);
  assertEquals(await (await fetch(`${serve.origin}/api/hello`)).text(), "signed");
  const listed = await berth(["key", "ls", "--json"], { env });
  assertEquals(JSON.parse(listed.out).keys.length, 1);
  serve.child.kill("SIGTERM");
  assertEquals((await serve.child.status).code, 0);
  await serve.reader.cancel();
  await Deno.remove(folder, { recursive: true });
});

Deno.test("SIGTERM: requests under way end, open streams are told", async () => {
  const folder = await Deno.makeTempDir({ prefix: "berth-test-" });
  for (const front of ["fast", "safe"]) {
    const data = join(folder, front);
    const serve = await startServe(data, ["--front", front]);
    const key = (await Deno.readTextFile(join(data, "api-key"))).trim();
    const headers = { authorization: `Bearer ${key}` };
    const body = new FormData();
    // Some 300 ms of computing, so that the signal finds it under way.
    const spin = `(local $i i32) (loop $again (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $again (i32.lt_u (local.get $i) (i32.const 300000000)))) (call $send)`;
    const tar = await pack("slow", handler({ answer: "done", body: spin }), {
      capabilities: { websocket: true },
    });
    body.set("image", new Blob([tar]), "x.tar");
    body.set("options", JSON.stringify({ approved: true }));
    const deployed = await fetch(`${serve.origin}/berth/v1/deployments`, { method: "POST", headers, body });
    assertEquals(deployed.status, 201, await deployed.text());
    const log = await fetch(`${serve.origin}/berth/v1/services/slow/logs?follow=1`, { headers });
    const socket = new WebSocket(`${serve.origin.replace("http", "ws")}/ws/api/slow`);
    await new Promise((resolve) => socket.onopen = resolve);
    const closed = new Promise<number>((resolve) => socket.onclose = ({ code }) => resolve(code));
    const answer = fetch(`${serve.origin}/api/slow`).then((response) => response.text());
    const told = log.text();
    await new Promise((resolve) => setTimeout(resolve, 100));
    serve.child.kill("SIGTERM");
    assertEquals(await answer, "done");
    await told;
    assertEquals(await closed, 1001); // going away
    assertEquals((await serve.child.status).code, 0);
    await serve.reader.cancel();
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("berth serve --jwks: a token of the issuer manages, over a socket", async () => {
  const folder = await Deno.makeTempDir({ prefix: "berth-test-" });
  const pair = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]) as CryptoKeyPair;
  const { kty, crv, x } = await crypto.subtle.exportKey("jwk", pair.publicKey);
  await Deno.writeTextFile(join(folder, "jwks"), JSON.stringify({ keys: [{ kty, crv, x, kid: "one" }] }));
  const serve = await startServe(join(folder, "data"), ["--jwks", join(folder, "jwks"), "--issuer", "here"]);
  const status = async (issuer: string) => {
    const token = await new SignJWT({ scope: "edge:mcm" }).setProtectedHeader({ alg: "EdDSA", kid: "one" })
      .setSubject("alice").setIssuer(issuer).setExpirationTime("5m").sign(pair.privateKey);
    const headers = { authorization: `Bearer ${token}` };
    const answer = await fetch(`${serve.origin}/mcm/v1/images`, { headers });
    await answer.body?.cancel();
    return answer.status;
  };
  assertEquals([await status("here"), await status("elsewhere")], [200, 403]);
  serve.child.kill("SIGTERM");
  await serve.child.status;
  await serve.reader.cancel();
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a damaged image is told at the start, and the rest serves", async () => {
  const folder = await Deno.makeTempDir({ prefix: "berth-test-" });
  {
    await using test = await testHost({ dataFolder: folder });
    await test.deploy("well", handler({ answer: "well" }));
    const broken = await test.deploy("broken", handler({ answer: "broken" }));
    const image = join(folder, "images", broken.deployment.record.imageDigest);
    for (const { name } of Deno.readDirSync(image)) {
      if (name.endsWith(".wasm")) Deno.writeTextFileSync(join(image, name), "\0asm and then nothing");
    }
  }
  await using test = await testHost({ dataFolder: folder });
  assertEquals(test.host.problems.map(({ kind }) => kind), ["image-damaged"]);
  assertEquals(await (await test.call("/api/well")).text(), "well");
  const answer = await test.call("/api/broken");
  assertEquals(answer.status, 503);
  await answer.body?.cancel();
  assertStringIncludes(test.host.service("broken", "api").reason, "is not what was uploaded");
  await test.deploy("broken", handler({ answer: "broken" })); // the same upload heals it
  assertEquals(await (await test.call("/api/broken")).text(), "broken");
  await test.host.close();
  await Deno.remove(folder, { recursive: true });
});
