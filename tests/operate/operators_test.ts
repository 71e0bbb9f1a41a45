/** Keys, tokens and the audit log, through the API. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { SignJWT } from "jose";
import { ACTIONS } from "../../runtime/server/managed.ts";
import { OPERATIONS } from "../../runtime/server/openapi/operations.ts";
import { actionList, keyList } from "../../runtime/server/openapi/replies.ts";
import { handler } from "../guests/wat.ts";
import { pack, type TestHost, testHost } from "../host/harness.ts";

const json = (value: unknown) => ({ method: "POST", body: JSON.stringify(value) });

const withKey = (key: string, init: RequestInit = {}) => ({
  ...init,
  headers: { authorization: `Bearer ${key}` },
});

/** A deployment of a module, as the API takes it. */
async function upload(name: string, options?: unknown, manifest = {}): Promise<RequestInit> {
  const body = new FormData();
  body.set("image", new Blob([await pack(name, handler(), manifest)]), "image.tar");
  if (options) body.set("options", JSON.stringify(options));
  return { method: "POST", body };
}

async function makeKey(test: TestHost, name: string, scopes: string[]): Promise<string> {
  const made = await test.manage("/berth/v1/keys", json({ name, scopes }));
  assertEquals([made.status, made.headers.get("cache-control")], [201, "no-store"]);
  return (await made.json()).key;
}

async function actions(test: TestHost, query = "") {
  return actionList.parse(await (await test.manage(`/berth/v1/audit${query}`)).json()).actions;
}

Deno.test("keys: made with scopes, shown once, listed without their texts, removed", async () => {
  await using test = await testHost();
  const reader = await makeKey(test, "dashboard", ["read"]);
  const listed = await test.manage("/berth/v1/keys");
  const text = await listed.text();
  assertEquals(keyList.parse(JSON.parse(text)).keys.map(({ name }) => name), ["first", "dashboard"]);
  assert(!text.includes(reader) && !text.includes("hash"));
  assertEquals((await test.call("/berth/v1/services", withKey(reader))).status, 200);
  const refused = await test.call("/berth/v1/keys", withKey(reader));
  assertEquals([refused.status, (await refused.json()).code], [403, "scope-missing"]);
  const again = await test.manage("/berth/v1/keys", json({ name: "dashboard", scopes: ["read"] }));
  assertEquals([again.status, (await again.json()).code], [400, "key-invalid"]);
  assertEquals((await test.manage("/berth/v1/keys", json({ name: "x", scopes: ["root"] }))).status, 400);
  assertEquals((await test.manage("/berth/v1/keys/dashboard", { method: "DELETE" })).status, 200);
  assertEquals((await test.call("/berth/v1/services", withKey(reader))).status, 401);
  const last = await test.manage("/berth/v1/keys/first", { method: "DELETE" });
  assertEquals([last.status, (await last.json()).code], [409, "key-last"]);
});

Deno.test("the first key's file goes with the key", async () => {
  await using test = await testHost();
  const other = await makeKey(test, "other", ["admin"]);
  const gone = await test.call("/berth/v1/keys/first", withKey(other, { method: "DELETE" }));
  assertEquals(gone.status, 200);
  assertEquals(await Deno.stat(`${test.folder}/api-key`).catch(() => null), null);
  assertEquals((await test.manage("/berth/v1/services")).status, 401);
});

Deno.test("who may only deploy grants itself nothing: neither with `approved` nor with `capabilities`", async () => {
  await using test = await testHost();
  const deployer = await makeKey(test, "ci", ["deploy"]);
  const asks = { capabilities: { http: { allow: ["https://example.com"] } } };
  const own = await test.call(
    "/berth/v1/deployments",
    withKey(deployer, await upload("greedy", { approved: true }, asks)),
  );
  assertEquals([own.status, (await own.json()).code], [403, "scope-missing"]);
  const waits = await test.call("/berth/v1/deployments", withKey(deployer, await upload("greedy", {}, asks)));
  assertEquals([waits.status, (await waits.json()).state], [202, "waiting-for-approval"]);
  const named = { name: "greedy", image: "greedy", ...asks };
  const mcm = await test.call("/mcm/v1/mims", withKey(deployer, json(named)));
  assertEquals([mcm.status, (await mcm.json()).error.reason], [403, "approval-needed"]);
  const approve = { method: "POST" };
  assertEquals(
    (await test.call("/berth/v1/services/greedy/approve", withKey(deployer, approve))).status,
    403,
  );
  assertEquals(test.host.services("api").length, 0);
  assertEquals((await test.manage("/berth/v1/services/greedy/approve", approve)).status, 200);
});

Deno.test("below /mcm a missing or wrong key is 403, as mimOE's clients know it", async () => {
  await using test = await testHost();
  for (const init of [{}, withKey("wrong")]) {
    const answer = await test.call("/mcm/v1/mims", init);
    assertEquals([answer.status, answer.headers.get("www-authenticate")], [403, null]);
    assertEquals((await answer.json()).error.code, 403);
    const own = await test.call("/berth/v1/services", init);
    assertEquals(own.status, 401);
    assertMatch(own.headers.get("www-authenticate") ?? "", /^Bearer realm="berth"/);
    await own.body?.cancel();
  }
  const query = await test.call(`/berth/v1/services?key=${test.key}&access_token=${test.key}`);
  assertEquals(query.status, 401);
});

Deno.test("every change and every refusal is on record, with who, from where and how it ended", async () => {
  await using test = await testHost();
  const from = async (path: string, init: RequestInit = {}, key = test.key) =>
    (await test.host.app()).fetch(new Request(`http://berth.test${path}`, withKey(key, init)), {
      remoteAddr: { hostname: "10.1.2.3" },
    });
  await from("/berth/v1/deployments", await upload("hello"));
  await from("/berth/v1/services/hello/rollback", { method: "POST" });
  await from("/berth/v1/services", {}, "wrong");
  const reader = await makeKey(test, "reader", ["read"]);
  await from("/berth/v1/services/hello", { method: "DELETE" }, reader);
  await from("/berth/v1/services", {}, reader);
  await from("/berth/v1/services/hello", { method: "DELETE" });
  const lines = (await actions(test)).reverse();
  assertEquals(lines.map(({ action, target, outcome, code, via }) => [action, target, outcome, code, via]), [
    ["service.deploy", "api-hello", "ok", undefined, "first"],
    ["service.rollback", "hello", "failed", "revision-unknown", "first"],
    ["GET /berth/v1/services", "", "refused", "key-wrong", ""],
    ["key.create", "reader", "ok", undefined, "first"],
    ["service.remove", "hello", "refused", "scope-missing", "reader"],
    ["service.remove", "hello", "ok", undefined, "first"],
  ]);
  assertEquals(lines[0]?.remoteAddress, "10.1.2.3");
  assertEquals((await actions(test, "?limit=1")).map(({ action }) => action), ["service.remove"]);
  assertEquals((await actions(test, `?before=${lines[1]?.number}`)).length, 1);
});

Deno.test("every change that the API offers has a name in the audit log, and every name a change", () => {
  const readOnly = new Set(["POST /jsonrpc/v1"]);
  const routes = OPERATIONS.map(({ method, path }) =>
    `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ":$1")}`
  );
  const changes = routes.filter((route) => !route.startsWith("GET ") && !readOnly.has(route));
  assertEquals(changes.filter((route) => ACTIONS[route] === undefined), []);
  assertEquals(Object.keys(ACTIONS).filter((route) => !routes.includes(route)), []);
});

Deno.test("an address that goes on failing is limited and fills no log; a right key passes from there", async () => {
  await using test = await testHost();
  const codes = new Set<number>();
  for (let i = 0; i < 50; i++) {
    const answer = await test.call("/berth/v1/services", withKey("wrong"));
    codes.add(answer.status);
    if (answer.status === 429) assertMatch(answer.headers.get("retry-after") ?? "", /^[1-9]\d*$/);
    await answer.body?.cancel();
  }
  assertEquals([...codes], [401, 429]);
  assertEquals((await test.manage("/berth/v1/services")).status, 200);
  assertEquals((await actions(test)).length, 10);
});

Deno.test("the audit log and the keys outlive a restart", async () => {
  const folder = await Deno.makeTempDir({ prefix: "berth-test-" });
  let key = "";
  {
    await using test = await testHost({ dataFolder: folder });
    key = await makeKey(test, "kept", ["admin"]);
  }
  await using test = await testHost({ dataFolder: folder });
  assertEquals((await test.call("/berth/v1/keys", withKey(key))).status, 200);
  assertEquals((await actions(test)).map(({ target }) => target), ["kept"]);
  await test.host.close();
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a token of a trusted issuer manages as its subject; others do not", async () => {
  const pair = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]) as CryptoKeyPair;
  const jwk = await crypto.subtle.exportKey("jwk", pair.publicKey);
  const issuers = [{
    keys: { kind: "jwks", jwks: { keys: [{ ...jwk, kid: "one", alg: "EdDSA" }] } },
    issuer: "https://issuer.test",
  }] as const;
  await using test = await testHost({ issuers });
  const token = (scope: string, issuer = "https://issuer.test", key = pair.privateKey) =>
    new SignJWT({ scope }).setProtectedHeader({ alg: "EdDSA", kid: "one" }).setSubject("alice")
      .setIssuer(issuer).setExpirationTime("5m").sign(key);
  const deployed = await test.call(
    "/berth/v1/deployments",
    withKey(await token("edge:mcm"), await upload("mine")),
  );
  assertEquals([deployed.status, (await deployed.json()).id], [201, "alice-mine"]);
  assertEquals(await (await test.call("/alice/mine")).text(), "ok");
  const { privateKey } = await crypto.subtle.generateKey("Ed25519", true, [
    "sign",
    "verify",
  ]) as CryptoKeyPair;
  const status = async (key: string) => (await test.call("/berth/v1/services", withKey(key))).status;
  assertEquals(await status(await token("berth:read")), 200);
  assertEquals(await status(await token("something")), 403);
  assertEquals(await status(await token("edge:mcm", "https://other.test")), 401);
  assertEquals(await status(await token("edge:mcm", undefined, privateKey)), 401);
});

Deno.test("a JSON body past its limit is refused before it is read to its end", async () => {
  await using test = await testHost();
  let sent = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      sent += 1 << 16;
      controller.enqueue(new Uint8Array(1 << 16).fill(0x20));
    },
  });
  const answer = await test.manage("/mcm/v1/mims", { method: "POST", body });
  assertEquals([answer.status, (await answer.json()).error.reason], [413, "request-too-large"]);
  assert(sent < 4 << 20, `${sent} bytes were taken`);
});
