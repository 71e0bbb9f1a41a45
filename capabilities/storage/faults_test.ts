import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { CapabilityError } from "../error.ts";
import { openDatabase } from "./database.ts";
import { storageCapability } from "./grant.ts";
import { openStorage } from "./open.ts";
import type { Storage, StoredItem } from "./storage.ts";
import { contextIn, QUICK } from "./testing.ts";

async function inFolder(body: (folder: string) => void | Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Opening must fail with `io` and a text that says nothing about the device. */
function refusesToOpen(folder: string, includes: string): void {
  const error = assertThrows(() => openStorage(QUICK, contextIn(folder)), CapabilityError);
  assertEquals(error.code, "io");
  assertStringIncludes(error.message, includes);
  assert(!error.message.includes(folder), error.message);
}

Deno.test("storage: a file that is not a database is refused when it is opened", () =>
  inFolder((folder) => {
    Deno.writeTextFileSync(`${folder}/storage.db`, "not a database ".repeat(1000));
    refusesToOpen(folder, "damaged");
    assertStringIncludes(Deno.readTextFileSync(`${folder}/storage.db`), "not a database");
  }));

Deno.test("storage: a damaged page is found when the database is opened", () =>
  inFolder((folder) => {
    const storage = openStorage(QUICK, contextIn(folder));
    for (let i = 0; i < 500; i++) storage.set(`key-${i}`, "v".repeat(200));
    storage.close();
    const bytes = Deno.readFileSync(`${folder}/storage.db`);
    for (let page = 8; page < 20; page++) bytes.fill(0xa5, page * 4096, page * 4096 + 200);
    Deno.writeFileSync(`${folder}/storage.db`, bytes);
    refusesToOpen(folder, "damaged");
  }));

Deno.test("storage: a truncated database is found when it is opened", () =>
  inFolder((folder) => {
    const storage = openStorage(QUICK, contextIn(folder));
    for (let i = 0; i < 500; i++) storage.set(`key-${i}`, "v".repeat(200));
    storage.close();
    Deno.truncateSync(`${folder}/storage.db`, 10 * 4096 + 7);
    refusesToOpen(folder, "damaged");
  }));

Deno.test("storage: another program's database, or a newer one, is left alone", () =>
  inFolder((folder) => {
    const foreign = new DatabaseSync(`${folder}/storage.db`);
    foreign.exec("CREATE TABLE t(a); INSERT INTO t VALUES (1)");
    refusesToOpen(folder, "not one of this Berth");
    foreign.exec("PRAGMA application_id = 0x42525448; PRAGMA user_version = 2");
    refusesToOpen(folder, "version 2");
    assertEquals(foreign.prepare("SELECT a FROM t").all().length, 1);
    foreign.close();
  }));

Deno.test("storage: a missing folder and a file that may not be opened are clear", () =>
  inFolder((folder) => {
    refusesToOpen(`${folder}/missing`, "cannot be opened");
    Deno.mkdirSync(`${folder}/storage.db`);
    refusesToOpen(folder, "cannot be opened");
  }));

/** Runs a script in a process of its own that prints one line for each write that was acknowledged. */
async function runWriter(folder: string, shell: string, stopAfter: number): Promise<number> {
  const writer = new URL("./testing_writer.ts", import.meta.url).pathname;
  const child = new Deno.Command("bash", {
    args: ["-c", `${shell} exec "$0" run -A --quiet --no-lock "$1" "$2"`, Deno.execPath(), writer, folder],
    stdout: "piped",
    stderr: "null",
  }).spawn();
  let acknowledged = -1;
  let text = "";
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const lines = text.split("\n");
    text = lines.pop() ?? "";
    acknowledged = Number(lines.at(-1) ?? acknowledged);
    if (acknowledged >= stopAfter) {
      child.kill("SIGKILL");
      break;
    }
  }
  await child.status;
  return acknowledged;
}

/** All entries, page by page: the writer may have come further than it was seen to. */
function everything(storage: Storage): StoredItem[] {
  const items: StoredItem[] = [];
  for (let page = storage.list({}); page.length > 0;) {
    items.push(...page);
    page = storage.list({ after: items.at(-1)?.key ?? "" });
  }
  return items;
}

Deno.test("storage: kill -9 loses nothing that was acknowledged and leaves the count right", () =>
  inFolder(async (folder) => {
    for (const stopAfter of [3, 200, 700]) {
      const acknowledged = await runWriter(folder, "", stopAfter);
      assert(acknowledged >= stopAfter);
      const storage = openStorage(QUICK, contextIn(folder));
      for (let i = 0; i <= acknowledged; i++) {
        assertEquals(storage.get(`key-${i}`)?.value, `${i}`.padEnd(1000));
      }
      const items = everything(storage);
      assertEquals(storage.usedBytes, items.reduce((sum, item) => sum + item.key.length + 1000, 0));
      assertEquals(items.length % 2, 0, "the pairs of a batch come together");
      for (const item of items) storage.remove(item.key);
      storage.close();
    }
  }));

Deno.test("storage: a disk that takes no more fails the write and leaves the database whole", () =>
  inFolder(async (folder) => {
    // A bound on the size of files stands for the disk; the signal that it sends is ignored. Here write() says
    // EFBIG, so SQLite calls it a failure (`io`); ENOSPC would be "full" (`quota`).
    const acknowledged = await runWriter(folder, "trap '' XFSZ; ulimit -f 600;", 1_000_000);
    assert(acknowledged > 0);
    assertEquals(Deno.readTextFileSync(`${folder}/ended`).split(":")[0], "io");
    const storage = openStorage(QUICK, contextIn(folder));
    for (let i = 0; i <= acknowledged; i++) assert(storage.get(`key-${i}`) !== undefined, `key-${i}`);
    storage.set("after", "v");
    storage.close();
  }));

/** What a worker with exactly these permissions says about writing, reading and reaching elsewhere. */
async function inWorker(
  folder: string,
  read: readonly string[],
  write: readonly string[],
): Promise<string[]> {
  const worker = new Worker(new URL("./testing_worker.ts", import.meta.url), {
    type: "module",
    deno: {
      permissions: {
        read: [...read],
        write: [...write],
        net: false,
        env: false,
        run: false,
        ffi: false,
        sys: false,
        import: false,
      },
    },
  });
  const answer = await new Promise<string[]>((resolve) => {
    worker.onmessage = (event) => resolve(event.data);
    worker.onerror = (event) => {
      event.preventDefault();
      resolve([event.message]);
    };
    worker.postMessage(contextIn(folder).place);
  });
  worker.terminate();
  return answer;
}

Deno.test("storage: works in a worker with exactly the planned permissions, and no others", () =>
  inFolder(async (folder) => {
    const { place } = contextIn(folder);
    const plan = storageCapability.plan(QUICK, place);
    assertEquals(plan, { read: [place.storageFile], write: [place.storageFile], net: [] });
    Deno.writeTextFileSync(`${folder}/other.db`, "");
    assertEquals(await inWorker(folder, plan.read, plan.write), [
      "text v",
      "bytes 1,2",
      "other NotCapable",
      "attach refused",
    ]);
    assertEquals(await inWorker(folder, plan.read, []), ["io cannot open the storage"]);
  }));

Deno.test("storage: the grant is true or an object with a durability, and is complete", () => {
  const { schema } = storageCapability;
  assertEquals(schema.parse(true), { durability: "power-loss" });
  assertEquals(schema.parse({}), { durability: "power-loss" });
  assertEquals(schema.parse({ durability: "process-crash" }), QUICK);
  assertEquals(schema.parse(schema.parse(true)), schema.parse(true));
  for (const wrong of [false, null, "true", [], { durability: "none" }, { quota: 1 }]) {
    assertEquals(schema.safeParse(wrong).success, false, JSON.stringify(wrong));
  }
  assertEquals(storageCapability.describe(QUICK).length, 1);
});

Deno.test("storage: each durability is what SQLite is told", () =>
  inFolder((folder) => {
    for (const [durability, synchronous] of [["power-loss", 2], ["process-crash", 1]] as const) {
      const db = openDatabase(`${folder}/storage.db`, { durability }, 1 << 20);
      assertEquals(db.prepare("PRAGMA synchronous").get()?.["synchronous"], synchronous);
      assertEquals(db.prepare("PRAGMA journal_mode").get()?.["journal_mode"], "wal");
      db.close();
    }
  }));
