import { assert, assertEquals } from "@std/assert";
import * as jose from "jose";
import { Auth } from "./auth.ts";
import { Failures } from "./failures.ts";
import { MemoryKeyStore } from "./key_store.ts";
import { readTokenKeys, type TokenIssuer, type TokenKeys, TokenVerifier } from "./tokens.ts";

const NOW_MS = Date.parse("2026-11-23T00:00:00Z");
const NOW = NOW_MS / 1000;
const SECRET = new TextEncoder().encode("0123456789abcdef0123456789abcdef");

/** What a token is made of where it differs from a good one. */
interface Parts {
  readonly algorithm?: string;
  readonly key?: jose.CryptoKey | Uint8Array;
  readonly header?: Record<string, unknown>;
  readonly payload?: Record<string, unknown>;
}

/** A token that is good for an hour, except for `parts`. */
function token(parts: Parts = {}): Promise<string> {
  const payload = { sub: "device-1", scope: "openid edge:mcm", exp: NOW + 3600, ...parts.payload };
  const kept = Object.fromEntries(Object.entries(payload).filter(([, value]) => value !== undefined));
  return new jose.SignJWT(kept).setProtectedHeader({ alg: parts.algorithm ?? "HS256", ...parts.header })
    .sign(parts.key ?? SECRET);
}

/** How a host that trusts these issuers answers a token. */
async function answer(text: string, issuers: readonly TokenIssuer[], headers: Record<string, string> = {}) {
  const tokens = await TokenVerifier.open(issuers, () => NOW_MS);
  const auth = new Auth({ keys: new MemoryKeyStore(), tokens });
  const result = await auth.check(new Headers({ authorization: `Bearer ${text}`, ...headers }), "192.0.2.1");
  return result.ok
    ? `${result.caller.clientId} ${result.caller.scopes.join("+")}`
    : `${result.status} ${result.code}`;
}

const shared: TokenIssuer = { keys: { kind: "secret", secret: SECRET } };
const ALL = "device-1 read+deploy+admin";

const eddsa = await jose.generateKeyPair("EdDSA", { extractable: true });
const rsa = await jose.generateKeyPair("RS256", { extractable: true });
const edPem = await jose.exportSPKI(eddsa.publicKey);
const rsaPem = await jose.exportSPKI(rsa.publicKey);
const byPem = (pem: string, algorithm: "EdDSA" | "RS256"): TokenIssuer => ({
  keys: { kind: "pem", pem, algorithm },
});

Deno.test("tokens: the three algorithms are taken, and the subject is the client", async () => {
  assertEquals(await answer(await token(), [shared]), ALL);
  assertEquals(
    await answer(await token({ algorithm: "EdDSA", key: eddsa.privateKey }), [byPem(edPem, "EdDSA")]),
    ALL,
  );
  assertEquals(
    await answer(await token({ algorithm: "RS256", key: rsa.privateKey }), [byPem(rsaPem, "RS256")]),
    ALL,
  );
});

Deno.test("tokens: several issuers are asked in turn", async () => {
  const issuers = [byPem(rsaPem, "RS256"), shared, byPem(edPem, "EdDSA")];
  assertEquals(await answer(await token({ algorithm: "EdDSA", key: eddsa.privateKey }), issuers), ALL);
  assertEquals(await answer(await token({ payload: { exp: NOW - 3600 } }), issuers), "401 token-expired");
  assertEquals(await answer(await token({ key: new Uint8Array(32) }), issuers), "401 token-invalid");
});

Deno.test("tokens: none, a wrong key, a confused algorithm or a changed content are not valid", async () => {
  const unsigned = new jose.UnsecuredJWT({ sub: "device-1", scope: "edge:mcm", exp: NOW + 3600 }).encode();
  const good = await token();
  const [head = "", body = "", signature = ""] = good.split(".");
  const part = (value: unknown) => btoa(JSON.stringify(value)).replace(/=+$/, "");
  const admin = part({ sub: "root", scope: "edge:mcm", exp: NOW + 3600 });
  for (
    const [text, issuer] of [
      [unsigned, shared],
      [`${part({ alg: "none" })}.${body}.${signature}`, shared],
      [`${part({ alg: "NONE" })}.${body}.`, shared],
      [`${head}.${admin}.${signature}`, shared],
      [`${head}.${body}.${signature.slice(0, -2)}AA`, shared],
      [`${head}.${body}.`, shared],
      ["a.b.c", shared],
      ["..", shared],
      [`${"a".repeat(9000)}.b.c`, shared],
      [await token({ key: new Uint8Array(32).fill(1) }), shared],
      [await token({ algorithm: "HS512", key: new Uint8Array(64) }), shared],
      // The public key's text as a secret: the classic confusion.
      [await token({ key: new TextEncoder().encode(rsaPem) }), byPem(rsaPem, "RS256")],
      [await token({ key: new TextEncoder().encode(rsaPem.trim()) }), byPem(rsaPem, "RS256")],
      [
        await token({ algorithm: "PS256", key: (await jose.generateKeyPair("PS256")).privateKey }),
        byPem(rsaPem, "RS256"),
      ],
      [
        await token({ algorithm: "EdDSA", key: (await jose.generateKeyPair("EdDSA")).privateKey }),
        byPem(edPem, "EdDSA"),
      ],
      // A key that comes with the token proves nothing.
      [
        await token({
          algorithm: "EdDSA",
          key: eddsa.privateKey,
          header: { jwk: await jose.exportJWK(eddsa.publicKey) },
        }),
        byPem(rsaPem, "RS256"),
      ],
      [await token({ header: { crit: ["x"], x: 1 } }).catch(() => "a.b.c"), shared],
    ] as const
  ) {
    const said = await answer(text, [issuer]);
    assert(/^401 (token-invalid|key-wrong)$/.test(said), `${said}: ${text.slice(0, 80)}`);
  }
  assertEquals(await answer(await token(), []), "401 token-invalid");
});

Deno.test("tokens: expired, not yet valid, or without an end", async () => {
  for (
    const [payload, expected] of [
      [{ exp: NOW - 29 }, ALL],
      [{ exp: NOW - 31 }, "401 token-expired"],
      [{ exp: undefined }, "401 token-invalid"],
      [{ exp: "tomorrow" }, "401 token-invalid"],
      [{ nbf: NOW + 29 }, ALL],
      [{ nbf: NOW + 31 }, "401 token-expired"],
    ] as const
  ) assertEquals(await answer(await token({ payload }), [shared]), expected, JSON.stringify(payload));
});

Deno.test("tokens: the scope says what is allowed", async () => {
  for (
    const [scope, expected] of [
      ["edge:mcm", ALL],
      [["openid", "edge:mcm"], ALL],
      ["berth:read", "device-1 read"],
      ["berth:deploy other", "device-1 read+deploy"],
      [undefined, "403 token-scope"],
      ["", "403 token-scope"],
      ["edge:mcmx xedge:mcm", "403 token-scope"],
      ["EDGE:MCM", "403 token-scope"],
      [{ "edge:mcm": true }, "403 token-scope"],
    ] as const
  ) {
    assertEquals(
      await answer(await token({ payload: { scope } }), [shared]),
      expected,
      JSON.stringify(scope),
    );
  }
});

Deno.test("tokens: issuer and audience must be the ones expected", async () => {
  const strict: TokenIssuer = { ...shared, issuer: "https://issuer.test", audience: "berth" };
  const good = { iss: "https://issuer.test", aud: "berth" };
  assertEquals(await answer(await token({ payload: good }), [strict]), ALL);
  assertEquals(await answer(await token({ payload: { ...good, aud: ["x", "berth"] } }), [strict]), ALL);
  for (
    const payload of [
      { ...good, aud: "other" },
      { ...good, aud: undefined },
      { ...good, iss: "https://issuer.test/" },
      { ...good, iss: undefined },
    ]
  ) {
    assertEquals(
      await answer(await token({ payload }), [strict]),
      "401 token-invalid",
      JSON.stringify(payload),
    );
  }
  assertEquals(await answer(await token({ payload: { aud: "other" } }), [shared]), "401 token-invalid");
});

Deno.test("tokens: a subject must be a client id, and acts as no other", async () => {
  for (const sub of ["../x", "a b", "", "a/b", "ä"]) {
    assertEquals(await answer(await token({ payload: { sub } }), [shared]), "403 client-invalid", sub);
  }
  assertEquals(await answer(await token({ payload: { sub: undefined } }), [shared]), "401 token-invalid");
  assertEquals(await answer(await token(), [shared], { "x-client-id": "device-1" }), ALL);
  assertEquals(await answer(await token(), [shared], { "x-client-id": "device-2" }), "403 client-invalid");
});

Deno.test("tokens: key sets, from a file and over HTTP", async () => {
  const jwk = { ...await jose.exportJWK(eddsa.publicKey), kid: "one", alg: "EdDSA" };
  const text = await token({ algorithm: "EdDSA", key: eddsa.privateKey, header: { kid: "one" } });
  assertEquals(await answer(text, [{ keys: { kind: "jwks", jwks: { keys: [jwk] } } }]), ALL);
  assertEquals(await answer(text, [{ keys: { kind: "jwks", jwks: { keys: [] } } }]), "401 token-invalid");
  let fetched = 0;
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => {
    fetched++;
    return Response.json({ keys: [jwk] });
  });
  const url = `http://127.0.0.1:${server.addr.port}/jwks`;
  const tokens = await TokenVerifier.open([{ keys: { kind: "jwks-url", url } }], () => NOW_MS);
  for (let i = 0; i < 3; i++) assertEquals((await tokens.verify(text)).subject, "device-1");
  assertEquals(fetched, 1);
  const unknown = await token({ algorithm: "EdDSA", key: eddsa.privateKey, header: { kid: "two" } });
  for (let i = 0; i < 20; i++) {
    assertEquals((await tokens.verify(unknown).catch((error) => error)).code, "token-invalid");
  }
  assert(fetched <= 2, "unknown keys do not make the host fetch again and again");
});

/** The library counts a set's age by the wall clock: this one can be put ahead. */
function wallClockAhead(): { byMs: number } & Disposable {
  const { now } = Date;
  const clock = { byMs: 0, [Symbol.dispose]: () => void (Date.now = now) };
  Date.now = () => now() + clock.byMs;
  return clock;
}

Deno.test("tokens: a set over HTTP: a new key is taken up, a withdrawn one is not believed for ever", async () => {
  const pairs = await Promise.all(["one", "two"].map(async (kid) => {
    const { privateKey, publicKey } = await jose.generateKeyPair("EdDSA", { extractable: true });
    const jwk = { ...await jose.exportJWK(publicKey), kid, alg: "EdDSA" };
    return { jwk, text: await token({ algorithm: "EdDSA", key: privateKey, header: { kid } }) };
  }));
  const [first, second] = pairs;
  assert(first && second);
  let keys = [first.jwk], fetched = 0;
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => {
    fetched++;
    return Response.json({ keys });
  });
  const url = `http://127.0.0.1:${server.addr.port}/jwks`;
  using clock = wallClockAhead();
  const tokens = await TokenVerifier.open([{ keys: { kind: "jwks-url", url } }], () => NOW_MS);
  const code = (text: string) => tokens.verify(text).then(() => "good", (error) => error.code);
  assertEquals([await code(first.text), await code(second.text), fetched], ["good", "token-invalid", 1]);
  keys = [first.jwk, second.jwk];
  clock.byMs = 31_000;
  assertEquals([await code(second.text), await code(first.text), fetched], ["good", "good", 2]);
  keys = [second.jwk];
  assertEquals(await code(first.text), "good", "for as long as the set is kept");
  clock.byMs = 660_000;
  assertEquals([await code(first.text), await code(second.text), fetched], ["token-invalid", "good", 3]);
});

Deno.test("tokens: a set that is huge, endless, redirected, broken or no set is the issuer's trouble", async () => {
  const jwk = { ...await jose.exportJWK(eddsa.publicKey), kid: "one", alg: "EdDSA" };
  const text = await token({ algorithm: "EdDSA", key: eddsa.privateKey, header: { kid: "one" } });
  const set = JSON.stringify({ keys: [jwk] });
  let cancelled = 0;
  const endless = () =>
    new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(65_536).fill(0x20)),
      cancel: () => void cancelled++,
    });
  const answers: Record<string, () => Response> = {
    good: () => new Response(set),
    huge: () => new Response(set.padEnd(300_000)),
    endless: () => new Response(endless()),
    redirect: () => new Response(null, { status: 302, headers: { location: "/good" } }),
    failing: () => new Response(set, { status: 500 }),
    broken: () => new Response("{"),
    "no-set": () => Response.json({ keys: 1 }),
  };
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => answers[new URL(request.url).pathname.slice(1)]?.() ?? new Response(null, { status: 404 }),
  );
  for (const path of [...Object.keys(answers), "missing"]) {
    const url = `http://127.0.0.1:${server.addr.port}/${path}`;
    const tokens = await TokenVerifier.open([{ keys: { kind: "jwks-url", url } }], () => NOW_MS);
    const code = await tokens.verify(text).then(() => "good", (error) => error.code);
    assertEquals([path, code], [path, path === "good" ? "good" : "token-keys-unreachable"]);
  }
  assertEquals(cancelled, 1);
});

Deno.test("tokens: an issuer that cannot be reached is the host's trouble, and not counted as a failure", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const url = `http://127.0.0.1:${listener.addr.port}/jwks`;
  listener.close();
  const failures = new Failures();
  const tokens = await TokenVerifier.open([{ keys: { kind: "jwks-url", url } }], () => NOW_MS);
  const auth = new Auth({ keys: new MemoryKeyStore(), tokens, failures });
  const text = await token({ algorithm: "EdDSA", key: eddsa.privateKey, header: { kid: "one" } });
  const result = await auth.check(new Headers({ authorization: `Bearer ${text}` }), "192.0.2.1");
  assertEquals([!result.ok && result.status, failures.size], [503, 0]);
  assert(!result.ok && !result.detail.includes("127.0.0.1"));
});

Deno.test("tokens: keys that cannot be used are refused when they are configured", async () => {
  const refuse: TokenKeys[] = [
    { kind: "secret", secret: new Uint8Array(31) },
    { kind: "pem", pem: "x", algorithm: "RS256" },
    { kind: "pem", pem: edPem, algorithm: "RS256" },
    { kind: "jwks", jwks: null },
    { kind: "jwks", jwks: { keys: 1 } },
    { kind: "jwks", jwks: { keys: [{ kty: "oct", k: "AAAA" }] } },
    { kind: "jwks", jwks: { keys: [await jose.exportJWK(eddsa.privateKey)] } },
    { kind: "jwks-url", url: "http://issuer.test/jwks" },
    { kind: "jwks-url", url: "file:///etc/passwd" },
  ];
  for (const keys of refuse) {
    const error = await TokenVerifier.open([{ keys }]).catch((error) => error);
    assertEquals(error.code, "token-invalid", JSON.stringify(keys));
  }
});

Deno.test("tokens: a file of keys is what it looks like, and never a private key", async () => {
  const file = await Deno.makeTempFile();
  const read = async (text: string) => {
    await Deno.writeTextFile(file, text);
    return await readTokenKeys(file).catch((error) => error.code ?? error);
  };
  assertEquals((await read(edPem)).algorithm, "EdDSA");
  assertEquals((await read(rsaPem)).algorithm, "RS256");
  assertEquals((await read('{"keys":[]}')).kind, "jwks");
  assertEquals(await read("{"), "token-invalid");
  assertEquals((await read(`${"s".repeat(40)}\n`)).secret.length, 40);
  assertEquals(await read(await jose.exportPKCS8(eddsa.privateKey)), "token-invalid");
  await Deno.remove(file);
});

Deno.test("tokens: who failed too often is not worth a signature; a good token waits as well", async () => {
  const failures = new Failures({ burstMaxCount: 1, refillMs: 1_000, addressesMaxCount: 10 }, () => 0);
  const tokens = await TokenVerifier.open([shared], () => NOW_MS);
  const auth = new Auth({ keys: new MemoryKeyStore(), tokens, failures });
  const status = async (text: string) => {
    const result = await auth.check(new Headers({ authorization: `Bearer ${text}` }), "192.0.2.1");
    return result.ok ? 200 : result.status;
  };
  const good = await token();
  assertEquals([await status(good), await status("a.b.c"), await status("a.b.c"), await status(good)], [
    200,
    401,
    429,
    429,
  ]);
});
