/** What requests store at one moment waits for the disk together. */
import { assert, assertEquals } from "@std/assert";
import { encode } from "@msgpack/msgpack";
import { data, handler } from "../guests/wat.ts";
import { testHost } from "./harness.ts";

const AT = 8192;
/** In it the guest puts random bytes: SQLite writes nothing where nothing changes. */
const PLACE = "########";
const SET = encode({
  jsonrpc: "2.0",
  id: 1,
  method: "storage.set",
  params: { key: "key", value: PLACE, tag: "", ttlMs: 0 },
});
const PLACE_AT = AT + SET.indexOf(0x23);

/** Stores, waits until it is told that it is stored, and answers. */
const STORES = handler({
  imports: `(import "berth" "call" (func $call (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))`,
  fields: `(func (export "berth_abi_1")) (data (i32.const ${AT}) "${data(SET)}")`,
  body: `(drop (call $random (i32.const ${PLACE_AT}) (i32.const 8)))
    (i64.store (i32.const ${PLACE_AT})
      (i64.and (i64.load (i32.const ${PLACE_AT})) (i64.const 0x7f7f7f7f7f7f7f7f)))
    (drop (call $call (i32.const ${AT}) (i32.const ${SET.length}))) (call $send)`,
});

/** Transactions in SQLite's log: frames that say how large the database is with them. https://sqlite.org/fileformat2.html#walformat */
async function transactions(log: string): Promise<number> {
  const bytes = await Deno.readFile(log);
  const view = new DataView(bytes.buffer);
  const frameBytes = 24 + view.getUint32(8);
  let count = 0;
  for (let at = 32; at + frameBytes <= bytes.length; at += frameBytes) {
    if (view.getUint32(at + 4) > 0) count++;
  }
  return count;
}

Deno.test("what requests store at one moment is few transactions, and each is told when its own is stored", async () => {
  await using test = await testHost();
  const service = await test.deploy("stores", STORES, { capabilities: { storage: true, random: true } });
  const log = `${test.folder}/services/${service.deployment.record.id}/storage.db-wal`;
  await test.call("/api/stores");
  const before = await transactions(log);
  const answers = await Promise.all(Array.from({ length: 60 }, () => test.call("/api/stores")));
  assertEquals(new Set(await Promise.all(answers.map((answer) => answer.text()))), new Set(["ok"]));
  const made = await transactions(log) - before;
  assert(made > 0 && made <= 20, `${made} transactions for 60 requests`);
});
