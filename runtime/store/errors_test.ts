/** What SQLite and the system throw, as Berth's errors; and the room that is kept for removals. */
import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { join } from "@std/path";
import { BerthError } from "../error.ts";
import { unitError } from "../unit/errors.ts";
import { emptyFolder } from "../../tests/unit/samples.ts";
import { guarded, STORE_ERRORS } from "./errors.ts";
import { exists } from "./files.ts";
import { Reserve } from "./reserve.ts";
import { openStore } from "./store.ts";

const codeOf = (run: () => unknown) => assertThrows(() => guarded("testing", run), BerthError).code;

Deno.test("SQLite's errors by their text", () => {
  using folder = emptyFolder();
  const file = join(folder.path, "a.db");
  const full = new DatabaseSync(file);
  full.exec("CREATE TABLE t (x); PRAGMA max_page_count = 2");
  assertEquals(codeOf(() => full.prepare("INSERT INTO t VALUES (?)").run("x".repeat(100_000))), "disk-full");
  full.close();
  const readOnly = new DatabaseSync(file, { readOnly: true });
  assertEquals(codeOf(() => readOnly.exec("INSERT INTO t VALUES (1)")), "store-unwritable");
  readOnly.close();
  const bytes = Deno.readFileSync(file);
  Deno.writeFileSync(file, bytes.fill(0x55, 100, 4096));
  const damaged = new DatabaseSync(file);
  assertEquals(codeOf(() => damaged.prepare("SELECT * FROM t").all()), "store-damaged");
  damaged.close();
});

Deno.test("a data folder that cannot be made or entered is unwritable", async () => {
  using folder = emptyFolder();
  const file = join(folder.path, "file");
  Deno.writeTextFileSync(file, "");
  for (const path of [file, join(file, "data"), "/proc/self/data"]) {
    assertEquals((await assertRejects(() => openStore(path), BerthError)).code, "store-unwritable");
  }
  const own = new BerthError("store-locked", "as it was");
  assertStrictEquals(
    assertThrows(() =>
      guarded("testing", () => {
        throw own;
      })
    ),
    own,
  );
});

Deno.test("every code says what fixes it", () => {
  for (const [code, { status, title, fix }] of Object.entries(STORE_ERRORS)) {
    assert(status >= 400 && title.length > 10 && fix.length > 20, code);
  }
});

Deno.test("the reserve is given up for a removal on a full disk, once, and taken back", () => {
  using folder = emptyFolder();
  const file = join(folder.path, "reserve");
  const reserve = new Reserve(file);
  const seen: boolean[] = [];
  const full = unitError("disk-full", "full");
  const result = reserve.freeing(() => {
    seen.push(exists(file));
    if (seen.length === 1) throw full;
    return "removed";
  });
  assertEquals([result, seen, exists(file)], ["removed", [true, false], true]);
  assertStrictEquals(
    assertThrows(() =>
      reserve.freeing(() => {
        throw full;
      })
    ),
    full,
  );
  assertThrows(() =>
    reserve.freeing(() => {
      throw new TypeError("another");
    }), TypeError);
  assert(exists(file));
});
