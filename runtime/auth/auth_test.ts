import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { BerthError } from "../error.ts";
import { Auth, type AuthResult, openAuth } from "./auth.ts";
import { auditRecord } from "../audit.ts";
import { FAILURE_LIMITS, Failures } from "./failures.ts";
import { FileKeyStore, MemoryKeyStore } from "./key_store.ts";
import { createKey, ensureFirstKey, findKey, keyHash, newKeyText, removeKey } from "./keys.ts";

const ADDRESS = "192.0.2.7";
const bearer = (key: string, more: Record<string, string> = {}) =>
  new Headers({ authorization: `Bearer ${key}`, ...more });

/** What a result says, in short. */
const said = (result: AuthResult) => result.ok ? result.caller.clientId : `${result.status} ${result.code}`;

Deno.test("auth: a key is the client api, or the one that the header names, with its scopes and name", async () => {
  const keys = new MemoryKeyStore();
  const admin = createKey(keys, "laptop", ["admin"]);
  const reader = createKey(keys, "monitor", ["read"]);
  const auth = new Auth({ keys });
  assertEquals(await auth.check(bearer(admin), ADDRESS), {
    ok: true,
    caller: { clientId: "api", scopes: ["read", "deploy", "admin"], via: "laptop" },
  });
  assertEquals(await auth.authenticate(bearer(reader, { "x-client-id": "other" }), ADDRESS), {
    clientId: "other",
    scopes: ["read"],
    via: "monitor",
  });
  assertEquals(said(await auth.check(new Headers({ authorization: `bearer  ${admin}` }), ADDRESS)), "api");
  for (const clientId of ["", "..", "a/b", "a b", "-a", "a".repeat(65)]) {
    assertEquals(
      said(await auth.check(bearer(admin, { "x-client-id": clientId }), ADDRESS)),
      "403 client-invalid",
    );
  }
});

Deno.test("auth: without a key, with a wrong one, or with one anywhere else there is no way in", async () => {
  const keys = new MemoryKeyStore();
  const key = createKey(keys, "k", ["admin"]);
  const cases: [HeadersInit, string][] = [
    [{}, "401 key-missing"],
    [{ "x-api-key": key }, "401 key-missing"],
    [{ cookie: `authorization=Bearer ${key}` }, "401 key-missing"],
    [{ authorization: "" }, "401 key-wrong"],
    [{ authorization: key }, "401 key-wrong"],
    [{ authorization: "Bearer" }, "401 key-wrong"],
    [{ authorization: "Bearer " }, "401 key-wrong"],
    [{ authorization: `Basic ${btoa(`api:${key}`)}` }, "401 key-wrong"],
    [{ authorization: `Bearer ${key}x` }, "401 key-wrong"],
    [{ authorization: `Bearer ${key.slice(0, -1)}` }, "401 key-wrong"],
    [{ authorization: `Bearer ${key.toUpperCase()}` }, "401 key-wrong"],
    [{ authorization: `Bearer ${key} ${key}` }, "401 key-wrong"],
    [{ authorization: `Bearer x, Bearer ${key}` }, "401 key-wrong"],
    [{ authorization: `Bearer ${keyHash(key)}` }, "401 key-wrong"],
    [{ authorization: `Bearer ${"x".repeat(100_000)}` }, "401 key-wrong"],
    [{ authorization: "Bearer a.b.c" }, "401 key-wrong"],
  ];
  for (const [headers, expected] of cases) {
    const result = await new Auth({ keys }).check(new Headers(headers), ADDRESS);
    assertEquals(said(result), expected, JSON.stringify(headers));
    assert(!JSON.stringify(result).includes(key), "the answer does not repeat the key");
  }
  // A key in the query never gets this far: only headers are looked at.
  const request = new Request(`http://h/mcm/v1/images?key=${key}&authorization=Bearer%20${key}`);
  assertEquals(said(await new Auth({ keys }).check(request.headers, ADDRESS)), "401 key-missing");
});

Deno.test("auth: errors carry the challenge, or how long to wait", async () => {
  const failures = new Failures({ burstMaxCount: 1, refillMs: 4_000, addressesMaxCount: 10 }, () => 0);
  const auth = new Auth({ keys: new MemoryKeyStore(), failures });
  const missing = await auth.authenticate(new Headers(), ADDRESS).catch((error) => error);
  assertEquals([missing.code, missing.data], ["key-missing", { challenge: 'Bearer realm="berth"' }]);
  const limited = await auth.authenticate(new Headers(), ADDRESS).catch((error) => error);
  assertEquals([limited.code, limited.data], ["auth-limited", { retryAfterSeconds: 4 }]);
});

Deno.test("auth: failures are limited by address; a valid key passes all the same", async () => {
  let nowMs = 0;
  const failures = new Failures({ burstMaxCount: 3, refillMs: 1_000, addressesMaxCount: 100 }, () => nowMs);
  const keys = new MemoryKeyStore();
  const key = createKey(keys, "k", ["read"]);
  const auth = new Auth({ keys, failures });
  const wrong = async (address: string) => said(await auth.check(bearer("wrong"), address));
  for (let i = 0; i < 3; i++) assertEquals(await wrong(ADDRESS), "401 key-wrong");
  for (let i = 0; i < 5; i++) assertEquals(await wrong(ADDRESS), "429 auth-limited");
  assertEquals(await wrong("192.0.2.8"), "401 key-wrong");
  assertEquals(said(await auth.check(bearer(key), ADDRESS)), "api");
  nowMs += 1_000;
  assertEquals(await wrong(ADDRESS), "401 key-wrong");
  assertEquals(await wrong(ADDRESS), "429 auth-limited");
  nowMs += 60_000;
  for (let i = 0; i < 3; i++) assertEquals(await wrong(ADDRESS), "401 key-wrong");
});

Deno.test("failures: the table is bounded, and an IPv6 network counts as one", () => {
  const failures = new Failures({ burstMaxCount: 2, refillMs: 1_000, addressesMaxCount: 50 }, () => 0);
  for (let i = 0; i < 1_000; i++) failures.add(`10.0.${i >> 8}.${i & 255}`);
  assertEquals(failures.size, 50);
  failures.add("2001:db8:1:2:3::4");
  failures.add("2001:db8:1:2:ffff:1:2:3");
  assert(failures.waitMs("2001:db8:1:2::9") > 0);
  assertEquals(failures.waitMs("2001:db8:1:3::9"), 0);
  failures.add("::ffff:10.9.9.9");
  failures.add("10.9.9.9");
  assert(failures.waitMs("10.9.9.9") > 0);
  failures.add("x".repeat(1_000_000));
  assertEquals(failures.size, 50);
});

Deno.test("keys: are random, kept as hashes, named and removable; the last admin stays", () => {
  const keys = new MemoryKeyStore();
  const made = ["a", "b", "c"].map((name) =>
    createKey(keys, name, name === "a" ? ["admin"] : ["deploy", "read"])
  );
  assertEquals(new Set(made).size, 3);
  for (const key of made) assertEquals(/^bk_[A-Za-z0-9_-]{43}$/.test(key), true);
  assert(!JSON.stringify(keys.list()).includes(made[0] ?? ""));
  assertEquals(findKey(keys, made[1] ?? "")?.name, "b");
  const refused = (action: () => unknown) => (assertThrows(action, BerthError) as BerthError).code;
  for (const name of ["", "a", "a b", "../a", "a".repeat(65)]) {
    assertEquals(refused(() => createKey(keys, name, ["read"])), "key-invalid", name);
  }
  assertEquals(refused(() => createKey(keys, "d", [])), "key-invalid");
  assertEquals(refused(() => createKey(keys, "d", ["root" as "admin"])), "key-invalid");
  assertEquals(refused(() => removeKey(keys, "x")), "key-unknown");
  assertEquals(refused(() => removeKey(keys, "a")), "key-last");
  removeKey(keys, "b");
  assertEquals(findKey(keys, made[1] ?? ""), null);
  createKey(keys, "e", ["admin"]);
  removeKey(keys, "a");
  assertEquals(keys.list().map((record) => record.name), ["c", "e"]);
});

Deno.test("keys: all are compared, whether and wherever one is found", () => {
  const kept = new MemoryKeyStore();
  const made = ["a", "b", "c"].map((name) => createKey(kept, name, ["admin"]));
  let read: string[] = [];
  const watched = {
    list: () =>
      kept.list().map((record) => ({
        ...record,
        get hash() {
          read.push(record.name);
          return record.hash;
        },
      })),
    add: () => {},
    remove: () => {},
  };
  for (const key of [...made, `${made[0]}x`, "", "bk_"]) {
    read = [];
    findKey(watched, key);
    assertEquals(read, ["a", "b", "c"], key);
  }
});

async function inFolder(body: (folder: string) => void | Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("keys: the first start makes one, for its owner only, and later starts keep it", () =>
  inFolder(async (folder) => {
    const file = `${folder}/api-key`;
    const keys = new FileKeyStore(`${folder}/keys.json`);
    await ensureFirstKey(keys, file);
    const key = Deno.readTextFileSync(file).trim();
    assertEquals((Deno.statSync(file).mode ?? 0) & 0o777, 0o600);
    assertEquals((Deno.statSync(`${folder}/keys.json`).mode ?? 0) & 0o777, 0o600);
    assert(!Deno.readTextFileSync(`${folder}/keys.json`).includes(key));
    const again = new FileKeyStore(`${folder}/keys.json`);
    await ensureFirstKey(again, file);
    assertEquals(again.list(), keys.list());
    assertEquals(findKey(again, key)?.scopes, ["admin"]);
    // It may be thrown away once it is noted.
    Deno.removeSync(file);
    await ensureFirstKey(again, file);
    assertEquals([again.list().length, findKey(again, key)?.name], [1, "first"]);
  }));

Deno.test("auth: opened on a data folder, the key in its file is the way in", () =>
  inFolder(async (folder) => {
    const keys = new FileKeyStore(`${folder}/keys.json`);
    const auth = await openAuth({ keys, keyFile: `${folder}/api-key` });
    const key = Deno.readTextFileSync(`${folder}/api-key`).trim();
    assertEquals((await auth.authenticate(bearer(key), ADDRESS)).via, "first");
  }));

Deno.test("keys: a key in the file is taken over by a host without keys, and only then", () =>
  inFolder(async (folder) => {
    const file = `${folder}/api-key`;
    const own = newKeyText();
    Deno.writeTextFileSync(file, `${own}\n`);
    const keys = new MemoryKeyStore();
    await ensureFirstKey(keys, file);
    assertEquals(findKey(keys, own)?.name, "first");
    createKey(keys, "other", ["admin"]);
    removeKey(keys, "first");
    await ensureFirstKey(keys, file);
    assertEquals(findKey(keys, own), null, "a key that was removed does not come back");
  }));

Deno.test("keys: an empty file is a crash at the first start; anything odd in it is an error", () =>
  inFolder(async (folder) => {
    const file = `${folder}/api-key`;
    Deno.writeTextFileSync(file, "");
    const keys = new MemoryKeyStore();
    await ensureFirstKey(keys, file);
    assert(findKey(keys, Deno.readTextFileSync(file).trim()) !== null);
    for (const text of ["short", "two words that are long enough to be a key", "x".repeat(300)]) {
      Deno.writeTextFileSync(file, text);
      const error = await ensureFirstKey(new MemoryKeyStore(), file).catch((error) => error);
      assertEquals(error.code, "key-invalid");
      assert(!error.detail.includes(folder));
    }
  }));

Deno.test("keys: a damaged list is an error and not a host without keys", () =>
  inFolder((folder) => {
    const file = `${folder}/keys.json`;
    const damaged = ["", "{", "[]", '{"keys":1}', '{"keys":[null]}', '{"keys":[{"name":"a","hash":"00"}]}'];
    for (const text of damaged) {
      Deno.writeTextFileSync(file, text);
      assertEquals(
        (assertThrows(() => new FileKeyStore(file), BerthError) as BerthError).code,
        "keys-damaged",
        text,
      );
    }
  }));

Deno.test("keys: a change that cannot be written changes nothing", () =>
  inFolder((folder) => {
    const keys = new FileKeyStore(`${folder}/keys.json`);
    createKey(keys, "a", ["admin"]);
    Deno.mkdirSync(`${folder}/keys.json.next`);
    Deno.writeTextFileSync(`${folder}/keys.json.next/x`, "");
    assertThrows(() => createKey(keys, "b", ["read"]));
    assertEquals(keys.list().length, 1);
    assertEquals(new FileKeyStore(`${folder}/keys.json`).list(), keys.list());
    Deno.removeSync(`${folder}/keys.json.next`, { recursive: true });
    Deno.writeTextFileSync(`${folder}/keys.json.next`, "left by a crash");
    createKey(keys, "b", ["read"]);
    assertEquals(new FileKeyStore(`${folder}/keys.json`).list(), keys.list());
  }));

Deno.test("failures: the limit holds on a clock that goes on between the attempts", () => {
  let nowMs = 0;
  const failures = new Failures(FAILURE_LIMITS, () => nowMs);
  let heard = 0;
  for (let attempt = 0; attempt < 100; attempt++, nowMs += 5) {
    if (failures.waitMs("10.0.0.1") > 0) continue;
    failures.add("10.0.0.1");
    heard++;
  }
  assertEquals(heard, FAILURE_LIMITS.burstMaxCount);
  nowMs += FAILURE_LIMITS.refillMs;
  assertEquals(failures.waitMs("10.0.0.1"), 0);
});

Deno.test("audit: a record says who did what and how it ended", () => {
  const caller = { clientId: "api", scopes: ["read"] as const, via: "monitor" };
  const subject = { action: "image.deploy", target: "x", caller, remoteAddress: ADDRESS, requestId: "r1" };
  assertEquals(auditRecord(subject, undefined, 5), {
    atMs: 5,
    action: "image.deploy",
    target: "x",
    outcome: "ok",
    clientId: "api",
    via: "monitor",
    remoteAddress: ADDRESS,
    requestId: "r1",
  });
  const outcome = (error: unknown, who: typeof caller | null = caller) => {
    const record = auditRecord({ ...subject, caller: who }, error);
    return `${record.outcome} ${record.code}`;
  };
  assertEquals(outcome(new BerthError("scope-missing", "x")), "refused scope-missing");
  assertEquals(outcome(new BerthError("key-wrong", "x"), null), "refused key-wrong");
  assertEquals(outcome(new BerthError("image-not-found", "x")), "failed image-not-found");
  assertEquals(outcome(new Error("x")), "failed internal");
  assertStringIncludes(JSON.stringify(auditRecord(subject)), '"requestId":"r1"');
});
