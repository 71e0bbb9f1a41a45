/** What the capability adds to SQLite: `deno task micro`; figures by durability: `storage_bench.ts`. */
import { DatabaseSync } from "node:sqlite";
import { bench, type MicroGroup } from "../../tests/bench/micro/ratios.ts";
import { openStorage } from "./open.ts";
import { contextIn, QUICK } from "./testing.ts";

/** SQLite refuses to be quicker than its settings: the same ones here. */
function bare(file: string): { get(): unknown; set(value: string): void; close(): void } {
  const db = new DatabaseSync(file);
  db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
  db.exec("CREATE TABLE items (key TEXT PRIMARY KEY, value TEXT) STRICT");
  const read = db.prepare("SELECT value FROM items WHERE key = ?");
  const write = db.prepare(
    "INSERT INTO items VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
  );
  return { get: () => read.get("key"), set: (value) => write.run("key", value), close: () => db.close() };
}

/** See {@link MicroGroup}. */
export function groups(): MicroGroup[] {
  const folder = Deno.makeTempDirSync({ prefix: "berth-bench-" });
  const storage = openStorage(QUICK, contextIn(folder));
  const db = bare(`${folder}/bare.db`);
  let turn = 0;
  // A page that would not change is not written: every value is another one.
  const other = () => `${turn++}`.padEnd(100);
  db.set(other());
  storage.set("key", other());
  return [{
    name: "storage",
    reference: bench("SQLite's read", () => void db.get()),
    benches: [
      bench("get", () => void storage.get("key")),
      bench("get of a missing key", () => void storage.get("missing")),
    ],
  }, {
    name: "storage",
    reference: bench("SQLite's write", () => db.set(other())),
    benches: [bench("set", () => void storage.set("key", other()))],
    close() {
      storage.close();
      db.close();
      Deno.removeSync(folder, { recursive: true });
    },
  }];
}
