import { assert, assertEquals } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { openStorage } from "./open.ts";
import { contextIn, QUICK, withStorage } from "./testing.ts";
import { Together } from "./together.ts";

const settled = async (promises: readonly Promise<unknown>[]) =>
  (await Promise.allSettled(promises)).map((result) =>
    result.status === "fulfilled" ? "written" : result.reason.code
  );

Deno.test("together: what is asked for at one moment is one transaction, in the order in which it was asked", async () => {
  const done: number[][] = [];
  const together = new Together<number>({
    all: (writes) => done.push([...writes]) > 0,
    one: (write) => void done.push([write]),
    soon: queueMicrotask,
  });
  const first = [1, 2, 3].map((write) => together.add(write));
  await Promise.all(first);
  const alone = together.add(4);
  await alone;
  const rest = [5, 6].map((write) => together.add(write));
  together.flush();
  assertEquals(done, [[1, 2, 3], [4], [5, 6]]);
  await Promise.all(rest);
  assertEquals(done.length, 3, "the flush left nothing for later");
});

Deno.test("together: each is tried by itself when all at once cannot be, and has its own failure", async () => {
  const tried: number[] = [];
  const together = new Together<number>({
    all: () => false,
    one(write) {
      tried.push(write);
      if (write === 2) throw { code: "quota" };
    },
    soon: queueMicrotask,
  });
  assertEquals(await settled([1, 2, 3].map((write) => together.add(write))), ["written", "quota", "written"]);
  assertEquals(tried, [1, 2, 3]);
  const broken = new Together<number>({
    all() {
      throw { code: "busy" };
    },
    one: (write) => void tried.push(write),
    soon: queueMicrotask,
  });
  assertEquals(await settled([4, 5].map((write) => broken.add(write))), ["busy", "busy"]);
  assertEquals(tried, [1, 2, 3], "one that cannot be had would be waited for again and again");
});

Deno.test("storage: writes of one moment are seen by others all at once, and by their own service at once", () =>
  withStorage({}, async (storage, folder) => {
    const other = new DatabaseSync(`${folder}/storage.db`, { readOnly: true });
    const count = () => other.prepare("SELECT count(*) AS n FROM items").get()?.n;
    const writes = ["a", "b", "c"].map((key) => storage.setTogether(key, key, { tag: "t" }));
    assertEquals(count(), 0);
    assertEquals(storage.get("b"), { key: "b", value: "b", tag: "t" }, "what is read later sees it");
    assertEquals(count(), 3, "and what was seen is durable");
    await Promise.all(writes);
    const again = storage.setTogether("a", "1");
    storage.set("a", "2");
    await again;
    assertEquals(storage.get("a")?.value, "2");
    const removed = storage.setTogether("b", "1");
    assertEquals(storage.remove("b"), true);
    await removed;
    assertEquals([storage.get("b"), storage.list({}).length], [undefined, 2]);
    other.close();
  }));

Deno.test("storage: of the writes of one moment those within the quota are written, the others refused", () =>
  withStorage({ storageMaxBytes: 100 }, async (storage) => {
    const set = (key: string, bytes: number) => storage.setTogether(key, "x".repeat(bytes - 1));
    assertEquals(await settled([set("a", 60), set("b", 60), set("c", 40)]), ["written", "quota", "written"]);
    assertEquals([storage.usedBytes, storage.list({}).length], [100, 2]);
    assertEquals(
      await settled([set("a", 10), set("b", 40)]),
      ["written", "written"],
      "what it replaces counts",
    );
    assertEquals(storage.usedBytes, 90);
  }));

Deno.test("storage: writes that wait when it closes are done", async () => {
  const folder = await Deno.makeTempDir();
  const storage = openStorage(QUICK, contextIn(folder));
  const writes = ["a", "b"].map((key) => storage.setTogether(key, "v"));
  storage.close();
  await Promise.all(writes);
  assertEquals(await settled([storage.setTogether("c", "v")]), ["closed"]);
  const again = openStorage(QUICK, contextIn(folder));
  assert(again.get("a") && again.get("b") && !again.get("c"));
  again.close();
  await Deno.remove(folder, { recursive: true });
});
