/** Guests that never end by themselves, one module each; `run` is called, except where the start function loops. */
import wabt from "wabt";
import { prepareModule } from "../../runtime/unit/prepare/mod.ts";

const EMPTY_TYPE = "(type $v (func))";

/** 2 to the power of 50 calls, and no cycle among the functions. */
function callTree(): string {
  const levels = Array.from(
    { length: 50 },
    (_, level) => `(func $f${level} (call $f${level + 1}) (call $f${level + 1}))`,
  );
  return `(module ${levels.join("")} (func $f50) (func (export "run") (call $f0)))`;
}

const HOSTILE_TEXT: Readonly<Record<string, string>> = {
  empty: `(module (func (export "run") (loop (br 0))))`,
  counting: `(module (func (export "run") (local i64)
    (loop (local.set 0 (i64.add (local.get 0) (i64.const 1))) (br_if 0 (i64.ne (local.get 0) (i64.const 0))))))`,
  storing: `(module (memory 1) (func (export "run") (local i32)
    (loop (i32.store (i32.and (local.get 0) (i32.const 0xfffc)) (local.get 0))
      (local.set 0 (i32.add (local.get 0) (i32.const 4))) (br 0))))`,
  calling: `(module (func $f) (func (export "run") (loop (call $f) (br 0))))`,
  mutual: `(module (func $a (param i32) (if (local.get 0) (then
      (call $b (i32.sub (local.get 0) (i32.const 1))) (call $b (i32.sub (local.get 0) (i32.const 1))))))
    (func $b (param i32) (if (local.get 0) (then
      (call $a (i32.sub (local.get 0) (i32.const 1))) (call $a (i32.sub (local.get 0) (i32.const 1))))))
    (func (export "run") (call $a (i32.const 60))))`,
  indirect: `(module (type $t (func (param i32))) (table 1 funcref) (elem (i32.const 0) $a)
    (func $a (param i32) (if (local.get 0) (then
      (call_indirect (type $t) (i32.sub (local.get 0) (i32.const 1)) (i32.const 0))
      (call_indirect (type $t) (i32.sub (local.get 0) (i32.const 1)) (i32.const 0)))))
    (func (export "run") (call $a (i32.const 60))))`,
  brTable: `(module (func (export "run") (local i32) (loop (block (block
    (br_table 0 1 2 (i32.and (local.get 0) (i32.const 3)))) (br 1)) (local.set 0 (i32.add (local.get 0) (i32.const 1))) (br 0))))`,
  start: `(module (func $s (loop (br 0))) (start $s) (func (export "run")))`,
  tailCall:
    `(module (func $a (return_call $b)) (func $b (return_call $a)) (func (export "run") (return_call $a)))`,
  tailCallIndirect: `(module ${EMPTY_TYPE} (table 1 funcref) (elem (i32.const 0) $a)
    (func $a (return_call_indirect (type $v) (i32.const 0))) (func (export "run") (call $a)))`,
  exceptions: `(module (tag $e) (func $throw (throw $e))
    (func (export "run") (loop (try (do (call $throw)) (catch_all (br 1))) (br 0))))`,
  catchAllAround: `(module (func (export "run") (loop (try (do (loop (br 0))) (catch_all)) (br 0))))`,
  callTree: callTree(),
  host: `(module (import "host" "call" (func $host (param i32))) (func (export "run2") (param i32)
      (if (local.get 0) (then (call $host (i32.sub (local.get 0) (i32.const 1))) (call $host (i32.sub (local.get 0) (i32.const 1))))))
    (func (export "run") (call $host (i32.const 50))))`,
  filling: `(module (memory 16) (func (export "run")
    (loop (memory.fill (i32.const 0) (i32.const 1) (i32.const 0x100000)) (br 0))))`,
  nested: `(module (func (export "run") (local i32) (loop (loop (loop
    (br_if 0 (i32.eqz (i32.and (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 7))))
    (br_if 1 (i32.and (local.get 0) (i32.const 1)))) (br 1)))))`,
  growing: `(module (memory 1) (func (export "run") (loop (drop (memory.grow (i32.const 1))) (br 0))))`,
};

/** A loop whose only way back is an exception: `(loop (try_table (catch_all 0) (throw 0)))`, from bytes. */
const THROW_BACK = [
  [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  [1, 4, 1, 0x60, 0, 0],
  [3, 2, 1, 0],
  [13, 3, 1, 0, 0],
  [7, 7, 1, 3, 0x72, 0x75, 0x6e, 0, 0],
  [10, 16, 1, 14, 0, 0x03, 0x40, 0x1f, 0x40, 1, 2, 0, 0x08, 0, 0x0b, 0x0b, 0x00 + 0x01, 0x0b],
].flat();

/** All of them, prepared. */
export async function hostileModules(): Promise<ReadonlyMap<string, WebAssembly.Module>> {
  const { parseWat } = await wabt();
  const features = { tail_call: true, exceptions: true, bulk_memory: true, reference_types: true };
  const modules = new Map<string, WebAssembly.Module>();
  const add = (name: string, bytes: Uint8Array) => {
    const { bytes: prepared } = prepareModule(bytes, { memoryMaxBytes: 4 << 20, tableEntriesMaxCount: 100 });
    modules.set(name, new WebAssembly.Module(prepared));
  };
  for (const [name, text] of Object.entries(HOSTILE_TEXT)) {
    const parsed = parseWat(`${name}.wat`, text, features);
    add(name, parsed.toBinary({}).buffer);
    parsed.destroy();
  }
  add("throwBack", new Uint8Array(THROW_BACK));
  return modules;
}
