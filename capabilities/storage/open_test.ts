import { assert, assertEquals, assertThrows } from "@std/assert";
import { CapabilityError, type CapabilityErrorCode } from "../error.ts";
import { openStorage } from "./open.ts";
import type { Storage, StoredValue } from "./storage.ts";
import { contextIn, QUICK, withStorage } from "./testing.ts";

function refuses(code: CapabilityErrorCode, action: () => unknown): void {
  assertEquals(assertThrows(action, CapabilityError).code, code);
}

const keys = (storage: Storage, query = {}) => storage.list(query).map((item) => item.key);

Deno.test("storage: values come back as they went in", () =>
  withStorage({}, (storage) => {
    const values: StoredValue[] = [
      "",
      "text",
      "\0",
      "a\0b\0",
      "\ufeffwith a byte order mark",
      "\ufeff\0",
      "ä€😀\u{10ffff}",
      "12",
      new Uint8Array(0),
      new Uint8Array([0, 255, 0]),
      new TextEncoder().encode("text"),
      new Uint8Array(100_000).fill(7),
    ];
    values.forEach((value, index) => storage.set(`k${index}`, value));
    values.forEach((value, index) => {
      const item = storage.get(`k${index}`);
      assertEquals(item?.value instanceof Uint8Array ? new Uint8Array(item.value) : item?.value, value);
    });
  }));

Deno.test("storage: a key that is not there, is removed, is written over", () =>
  withStorage({}, (storage) => {
    assertEquals(storage.get("a"), undefined);
    assertEquals(storage.remove("a"), false);
    storage.set("a", "1", { tag: "t" });
    storage.set("a", "2");
    assertEquals(storage.get("a"), { key: "a", value: "2", tag: "" });
    assertEquals(storage.remove("a"), true);
    assertEquals(storage.get("a"), undefined);
    assertEquals(storage.usedBytes, 0);
  }));

Deno.test("storage: keys, tags, text and options are checked before anything is done", () =>
  withStorage({ storageKeyMaxBytes: 8, storageValueMaxBytes: 8, storageBatchMaxCount: 2 }, (storage) => {
    refuses("invalid", () => storage.set("", "v"));
    refuses("invalid", () => storage.set("a\0b", "v"));
    refuses("invalid", () => storage.set("\ud800", "v"));
    refuses("invalid", () => storage.set("k", "\udc00"));
    refuses("invalid", () => storage.set("k", "v", { tag: "\0" }));
    refuses("invalid", () => storage.get("a\0"));
    refuses("invalid", () => storage.list({ prefix: "\0" }));
    for (const ttlMs of [0, -1, NaN, Infinity]) {
      refuses("invalid", () => storage.set("k", "v", { ttlMs }));
    }
    for (const limit of [0, -1, 1.5, NaN]) refuses("invalid", () => storage.list({ limit }));
    storage.set("12345678", "12345678", { tag: "12345678" });
    storage.set("ääää", new Uint8Array(8));
    refuses("too-large", () => storage.set("123456789", "v"));
    refuses("too-large", () => storage.set("ääääa", "v"));
    refuses("too-large", () => storage.set("k", "ääääa"));
    refuses("too-large", () => storage.set("k", new Uint8Array(9)));
    refuses("too-large", () => storage.set("k", "v", { tag: "123456789" }));
    refuses("too-large", () => storage.remove("123456789"));
    const step = { kind: "remove", key: "x" } as const;
    storage.batch([step, step]);
    refuses("too-large", () => storage.batch([step, step, step]));
    assertEquals(keys(storage), ["12345678", "ääää"]);
  }));

Deno.test("storage: the quota counts keys, values and tags exactly and holds at its edge", () =>
  withStorage({ storageMaxBytes: 100 }, (storage) => {
    storage.set("ä", new Uint8Array(50), { tag: "tag" });
    assertEquals(storage.usedBytes, 2 + 50 + 3);
    storage.set("b", "x".repeat(44));
    assertEquals(storage.usedBytes, 100);
    refuses("quota", () => storage.set("c", ""));
    refuses("quota", () => storage.set("b", "x".repeat(45)));
    refuses("quota", () => storage.compareAndSet("c", undefined, ""));
    assertEquals(storage.get("b")?.value, "x".repeat(44));
    storage.set("b", "a\0");
    assertEquals(storage.usedBytes, 55 + 3);
    storage.remove("ä");
    assertEquals(storage.usedBytes, 3);
  }));

Deno.test("storage: over a lowered quota only what frees something passes", async () => {
  await withStorage({}, (first, folder) => {
    first.set("big", "x".repeat(97));
    first.set("b", "y");
    const storage = openStorage(QUICK, contextIn(folder, { storageMaxBytes: 50 }));
    refuses("quota", () => storage.set("c", ""));
    storage.set("big", "x".repeat(60));
    storage.batch([{ kind: "remove", key: "b" }, { kind: "set", key: "c", value: "" }]);
    assertEquals(storage.usedBytes, 64);
    storage.close();
  });
});

Deno.test("storage: tiny entries cannot make the file grow past a multiple of the quota", () =>
  withStorage({ storageMaxBytes: 256 << 10, storageBatchMaxCount: 10_000 }, (storage, folder) => {
    const many = (round: number) =>
      Array.from(
        { length: 5_000 },
        (_, i) => ({ kind: "set", key: (round * 5_000 + i).toString(36), value: "" }) as const,
      );
    refuses("quota", () => {
      for (let round = 0; round < 100; round++) storage.batch(many(round));
    });
    assert(Deno.statSync(`${folder}/storage.db`).size <= 4 * (256 << 10) + (1 << 20) + 4096);
    assert(storage.get("0") !== undefined);
    assert(storage.remove("0"), "a full storage can be emptied");
  }));

Deno.test("storage: an entry ends at its time, no longer counts, and is swept", () =>
  withStorage({ storageMaxBytes: 100 }, (storage, _folder, clock) => {
    storage.set("short", "x".repeat(55), { ttlMs: 10 });
    storage.set("long", "y", { ttlMs: 1000 });
    clock.nowMs += 9;
    assertEquals(keys(storage), ["long", "short"]);
    assertEquals(storage.usedBytes, 65);
    clock.nowMs += 1;
    assertEquals(storage.get("short"), undefined);
    assertEquals(keys(storage), ["long"]);
    assertEquals(storage.usedBytes, 5);
    assertEquals(storage.remove("short"), false);
    assert(storage.compareAndSet("short", undefined, "z".repeat(90)), "its bytes are free again");
    storage.set("long", "y");
    clock.nowMs += 10_000;
    assertEquals(keys(storage), ["long", "short"], "a new write without a time stays");
  }));

Deno.test("storage: many expired entries make room for one that needs all of it", () =>
  withStorage({ storageMaxBytes: 4_000 }, (storage, _folder, clock) => {
    for (let i = 0; i < 1_000; i++) storage.set(`${1000 + i}`, "", { ttlMs: 5 });
    clock.nowMs += 5;
    storage.set("k", "x".repeat(3_999));
    assertEquals(storage.usedBytes, 4_000);
  }));

Deno.test("storage: lists by prefix and tag, in the order of the bytes of the keys, page by page", () =>
  withStorage({ storagePageMaxCount: 3 }, (storage) => {
    const names = ["a", "a/", "a/1", "a/2", "a0", "b", "z", "ä", "\uffff", "\u{10000}", "\u{10ffff}x"];
    for (const name of names.toReversed()) storage.set(name, name, { tag: name.startsWith("a") ? "A" : "" });
    assertEquals(keys(storage, { prefix: "a/" }), ["a/", "a/1", "a/2"]);
    assertEquals(keys(storage, { prefix: "a/", after: "a/1" }), ["a/2"]);
    assertEquals(keys(storage, { prefix: "a/", after: "b" }), []);
    assertEquals(keys(storage, { prefix: "\u{10ffff}" }), ["\u{10ffff}x"]);
    assertEquals(keys(storage, { prefix: "%" }), []);
    assertEquals(keys(storage, { tag: "A", limit: 2 }), ["a", "a/"]);
    assertEquals(keys(storage, { tag: "A", prefix: "a/", after: "a/" }), ["a/1", "a/2"]);
    assertEquals(keys(storage, { tag: "B" }), []);
    const all: string[] = [];
    for (let page = keys(storage); page.length > 0; page = keys(storage, { after: all.at(-1) })) {
      assert(page.length <= 3);
      all.push(...page);
    }
    assertEquals(all, names);
  }));

Deno.test("storage: a page is bounded in bytes, and one item always fits", () =>
  withStorage({ storagePageMaxBytes: 250 }, (storage) => {
    for (const key of ["a", "b", "c"]) storage.set(key, "x".repeat(100));
    storage.set("d", "x".repeat(1000));
    assertEquals(keys(storage), ["a", "b"]);
    assertEquals(keys(storage, { after: "c" }), ["d"]);
  }));

Deno.test("storage: the guest may write while it looks at a page", () =>
  withStorage({}, (storage) => {
    for (let i = 0; i < 10; i++) storage.set(`k${i}`, "v");
    for (const item of storage.list({})) storage.remove(item.key);
    assertEquals(keys(storage), []);
  }));

Deno.test("storage: a batch is done wholly or not at all", () =>
  withStorage({ storageMaxBytes: 20 }, (storage) => {
    storage.set("a", "1");
    refuses("quota", () =>
      storage.batch([
        { kind: "remove", key: "a" },
        { kind: "set", key: "b", value: "2" },
        { kind: "set", key: "c", value: "x".repeat(30) },
      ]));
    refuses("invalid", () => storage.batch([{ kind: "remove", key: "a" }, { kind: "remove", key: "" }]));
    assertEquals(keys(storage), ["a"]);
    storage.batch([
      { kind: "set", key: "c", value: "x".repeat(10) },
      { kind: "remove", key: "a" },
      { kind: "set", key: "c", value: "3", options: { tag: "t" } },
    ]);
    assertEquals(storage.list({}), [{ key: "c", value: "3", tag: "t" }]);
    storage.batch([]);
  }));

Deno.test("storage: compare-and-set writes only over what was expected, text and bytes apart", () =>
  withStorage({}, (storage) => {
    assertEquals(storage.compareAndSet("a", "0", "1"), false);
    assertEquals(storage.compareAndSet("a", undefined, "1"), true);
    assertEquals(storage.compareAndSet("a", undefined, "2"), false);
    assertEquals(storage.compareAndSet("a", new TextEncoder().encode("1"), "2"), false);
    assertEquals(storage.compareAndSet("a", "1", new Uint8Array([1, 2])), true);
    assertEquals(storage.compareAndSet("a", new Uint8Array([1, 3]), "3"), false);
    assertEquals(storage.compareAndSet("a", new Uint8Array([1]), "3"), false);
    assertEquals(storage.compareAndSet("a", new Uint8Array([1, 2]), "a\0"), true);
    assertEquals(storage.compareAndSet("a", "a\0", "4"), true);
    assertEquals(storage.get("a")?.value, "4");
  }));

Deno.test("storage: two connections to one file see each other and keep one count", () =>
  withStorage({ storageMaxBytes: 100 }, (first, folder) => {
    const second = openStorage(QUICK, contextIn(folder, { storageMaxBytes: 100 }));
    first.set("a", "x".repeat(59));
    second.set("b", "x".repeat(39));
    refuses("quota", () => first.set("c", "1"));
    assertEquals([first.usedBytes, second.usedBytes], [100, 100]);
    second.remove("a");
    assertEquals(first.get("a"), undefined);
    second.close();
  }));

Deno.test("storage: closed, it says so; closing twice is harmless", () =>
  withStorage({}, (storage) => {
    storage.close();
    storage.close();
    refuses("closed", () => storage.get("a"));
    refuses("closed", () => storage.set("a", "b"));
    refuses("closed", () => storage.usedBytes);
  }));
