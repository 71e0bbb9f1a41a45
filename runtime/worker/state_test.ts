import { assert, assertEquals, assertNotEquals } from "@std/assert";
import wabt from "wabt";
import { type PreparedPlan, preparedPlan } from "../prepared.ts";
import { prepareModule } from "../unit/prepare/mod.ts";
import { createInterruptMemory, interruptImports } from "./interrupt.ts";
import { chooseReset, InstanceState } from "./state.ts";

const FEATURES = { bulk_memory: true, reference_types: true, multi_memory: true, memory64: true };

interface Guest {
  readonly call: (name: string, ...args: (number | bigint)[]) => unknown;
  readonly state: InstanceState;
  readonly plan: PreparedPlan;
  readonly make: () => WebAssembly.Instance;
}

/** An instance, its start run, its snapshot taken. */
async function guest(text: string, start?: string): Promise<Guest> {
  const { parseWat } = await wabt();
  const { bytes } = prepareModule(parseWat("t.wat", text, FEATURES).toBinary({}).buffer, {
    memoryMaxBytes: 4 << 20,
    tableEntriesMaxCount: 100,
  });
  const module = new WebAssembly.Module(bytes);
  const plan = preparedPlan(module);
  const word = createInterruptMemory();
  const make = () => {
    const imports = { h: { value: () => 1 }, ...interruptImports(word, plan) };
    return new WebAssembly.Instance(module, imports as unknown as WebAssembly.Imports);
  };
  const { exports } = make();
  const call = (name: string, ...args: (number | bigint)[]) => {
    const fn = exports[name];
    if (typeof fn !== "function") throw new TypeError(`no function ${name}`);
    return fn(...args) as unknown;
  };
  if (start) call(start);
  return { call, state: new InstanceState(exports, plan), plan, make };
}

Deno.test("memory is as it was after the start: data, zeros, and what the start wrote", async () => {
  const { call, state } = await guest(
    `(module (memory 3) (data (i32.const 100) "data")
      (func (export "_initialize") (i32.store (i32.const 70000) (i32.const 42)))
      (func (export "get") (param i32) (result i32) (i32.load (local.get 0)))
      (func (export "set") (param i32 i32) (i32.store (local.get 0) (local.get 1)))
      (func (export "fill") (memory.fill (i32.const 0) (i32.const 255) (i32.const 196608))))`,
    "_initialize",
  );
  const places = [0, 100, 4096, 65_532, 70_000, 131_072, 196_604];
  const before = places.map((place) => call("get", place));
  for (const place of places) {
    call("set", place, 7);
    assert(state.restore());
    assertEquals(places.map((at) => call("get", at)), before);
  }
  call("fill");
  assertNotEquals(call("get", 131_072), 0);
  assert(state.restore());
  assertEquals(places.map((at) => call("get", at)), before);
  assertEquals(call("get", 70_000), 42);
});

Deno.test("a memory that grew discards the instance; growing by nothing does not", async () => {
  const { call, state } = await guest(
    `(module (memory 1) (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
      (func (export "set") (i32.store (i32.const 0) (i32.const 9)))
      (func (export "get") (result i32) (i32.load (i32.const 0))))`,
  );
  call("grow", 0);
  call("set");
  assert(state.restore());
  assertEquals(call("get"), 0);
  call("grow", 1);
  assertEquals(state.restore(), false);
});

Deno.test("every memory of several is put back, 64-bit ones too", async () => {
  const { call, state } = await guest(
    `(module (memory $a 1) (memory $b 2) (memory $c i64 1)
      (func (export "set") (i32.store $a (i32.const 8) (i32.const 1)) (i32.store $b (i32.const 65536) (i32.const 2))
        (i32.store $c (i64.const 16) (i32.const 4)))
      (func (export "get") (result i32) (i32.add (i32.add (i32.load $a (i32.const 8)) (i32.load $b (i32.const 65536)))
        (i32.load $c (i64.const 16)))))`,
  );
  call("set");
  assertEquals(call("get"), 7);
  assert(state.restore());
  assertEquals(call("get"), 0);
});

Deno.test("mutable globals of every number type are put back, hidden ones too", async () => {
  const { call, state } = await guest(
    `(module (global $a (mut i32) (i32.const 1)) (global $b (mut i64) (i64.const -2)) (global $c (mut f32) (f32.const 3))
      (global $d (mut f64) (f64.const -0)) (global $e i32 (i32.const 5))
      (func (export "set") (global.set $a (i32.const 9)) (global.set $b (i64.const 9)) (global.set $c (f32.const 9))
        (global.set $d (f64.const 9)))
      (func (export "get") (result i64) (i64.add (i64.add (i64.extend_i32_s (global.get $a)) (global.get $b))
        (i64.add (i64.trunc_sat_f32_s (global.get $c)) (i64.trunc_sat_f64_s (global.get $d))))))`,
  );
  const before = call("get");
  call("set");
  assertNotEquals(call("get"), before);
  assert(state.restore());
  assertEquals(call("get"), before);
});

Deno.test("a global that holds a NaN when the start is over asks for new instances: its bits would be lost", async () => {
  const { state } = await guest(`(module (global (mut f64) (f64.const nan:0x4000000000001)))`);
  assertEquals(state.restore(), false);
});

const TABLES = `(module (type $t (func (result i32))) (table $t 4 funcref) (table $x 2 externref)
  (elem (i32.const 0) $one $two) (global $f (mut funcref) (ref.func $one))
  (func $one (result i32) (i32.const 1)) (func $two (result i32) (i32.const 2))
  (func (export "call") (param i32) (result i32) (call_indirect $t (type $t) (local.get 0)))
  (func (export "swap") (table.set $t (i32.const 0) (ref.func $two)) (global.set $f (ref.null func)))
  (func (export "clear") (table.fill $t (i32.const 0) (ref.null func) (i32.const 4)))
  (func (export "copy") (table.copy $t $t (i32.const 0) (i32.const 1) (i32.const 1)))
  (func (export "isNull") (result i32) (ref.is_null (global.get $f)))
  (func (export "grow") (result i32) (table.grow $t (ref.null func) (i32.const 1))))`;

Deno.test("tables and globals of functions are put back", async () => {
  const { call, state } = await guest(TABLES);
  for (const change of ["swap", "clear", "copy"]) {
    call(change);
    assert(state.restore());
    assertEquals([call("call", 0), call("call", 1), call("isNull")], [1, 2, 0], change);
  }
});

Deno.test("a table that grew discards the instance", async () => {
  const { call, state } = await guest(TABLES);
  call("grow");
  assertEquals(state.restore(), false);
});

const SEGMENTS = `(module (memory 1) (data $d "hello") (table $t 4 funcref) (elem $e func $f)
  (func $f) (func (export "dropData") (data.drop $d)) (func (export "dropElements") (elem.drop $e))
  (func (export "init") (memory.init $d (i32.const 0) (i32.const 0) (i32.const 5))))`;

Deno.test("a dropped segment discards the instance, whichever it was", async () => {
  for (const drop of ["dropData", "dropElements"]) {
    const { call, state } = await guest(SEGMENTS);
    call("init");
    assert(state.restore());
    call(drop);
    assertEquals(state.restore(), false);
  }
});

Deno.test("what the start dropped or set in tables belongs to the clean state", async () => {
  const { state } = await guest(SEGMENTS, "dropData");
  assert(state.restore());
  const tables = await guest(TABLES, "swap");
  assertEquals(tables.call("call", 0), 2);
  assert(tables.state.restore());
  assertEquals([tables.call("call", 0), tables.call("isNull")], [2, 1]);
});

Deno.test("a guest whose state the host cannot see gets a new instance each time, and the plan says why", async () => {
  const { state, plan } = await guest(`(module (global (mut v128) (v128.const i32x4 0 0 0 0)))`);
  assertEquals(state.restore(), false);
  assertEquals(plan.newInstanceReason, "the host cannot read global 0, which is a mutable v128");
});

Deno.test("what is cheaper is chosen by measurement", async () => {
  const small = await guest(`(module (memory 1) (data (i32.const 0) "x"))`);
  const slow = () => {
    for (const until = performance.now() + 5; performance.now() < until;);
  };
  assertEquals(await chooseReset(() => small.state.restore(), slow, 5), "restore");
  const large = await guest(`(module (memory 64) (data (i32.const 0) "x"))`);
  assertEquals(await chooseReset(() => large.state.restore(), () => {}, 0), "instance");
  const hidden = await guest(`(module (global (mut v128) (v128.const i32x4 0 0 0 0)))`);
  assertEquals(await chooseReset(() => hidden.state.restore(), slow, 5), "instance");
});
