import { assert, assertEquals, assertThrows } from "@std/assert";
import wabt from "wabt";
import { promising, suspending } from "../../abi/jspi.ts";
import {
  createInterruptMemory,
  endInterrupt,
  interruptDueMs,
  interruptImports,
  InterruptTurns,
  raiseInterrupt,
} from "./interrupt.ts";
import { preparedPlan } from "../prepared.ts";
import { prepareModule } from "../unit/prepare/mod.ts";

Deno.test("a turn is stopped only once its deadline is over", () => {
  const memory = createInterruptMemory();
  const turns = new InterruptTurns(memory);
  assertEquals(raiseInterrupt(memory), false, "nobody runs");
  assertEquals(interruptDueMs(memory), Infinity);
  turns.enter(performance.now() + 60_000);
  assertEquals(raiseInterrupt(memory), false, "the deadline is far");
  assert(interruptDueMs(memory) > 50_000);
  assertEquals(turns.stopped, false);
  turns.leave();
  turns.enter(Infinity);
  assertEquals(raiseInterrupt(memory), false, "no deadline at all");
  turns.leave();
});

Deno.test("a guest entered after its deadline stops at its first check", () => {
  const memory = createInterruptMemory();
  const turns = new InterruptTurns(memory);
  turns.enter(performance.now() - 1);
  assert(turns.stopped);
  turns.leave();
  assertEquals(turns.stopped, false, "the next one does not inherit it");
});

Deno.test("ending stops the turn under way and every later one", () => {
  const memory = createInterruptMemory();
  const turns = new InterruptTurns(memory);
  turns.enter(Infinity);
  endInterrupt(memory);
  assert(turns.stopped);
  turns.leave();
  turns.enter(Infinity);
  assert(turns.stopped);
});

Deno.test("turn numbers go round without touching the stop byte", () => {
  const memory = createInterruptMemory();
  const turns = new InterruptTurns(memory, (1 << 24) - 3);
  const words = new Int32Array(memory.buffer);
  const numbers = Array.from({ length: 4 }, () => {
    turns.enter(Infinity);
    return words[0];
  });
  assertEquals(numbers, [(1 << 24) - 2, (1 << 24) - 1, 1, 2]);
  assertEquals(turns.leave() >= 0, true);
  assertEquals(turns.leave(), 0, "leaving twice counts nothing");
});

Deno.test("a memory that is not shared is refused", () => {
  assertThrows(() => new InterruptTurns(new WebAssembly.Memory({ initial: 1 })), TypeError, "not shared");
});

/** `run(id)` notes, waits, notes, waits, notes. */
const WAITING =
  `(module (import "h" "wait" (func $wait (param i32))) (import "h" "note" (func $note (param i32)))
  (func (export "run") (param i32) (call $note (local.get 0)) (call $wait (local.get 0))
    (call $note (local.get 0)) (call $wait (local.get 0)) (call $note (local.get 0))))`;

async function compile(text: string): Promise<WebAssembly.Module> {
  const { parseWat } = await wabt();
  const { bytes } = prepareModule(parseWat("t.wat", text).toBinary({}).buffer, {
    memoryMaxBytes: 1 << 20,
    tableEntriesMaxCount: 10,
  });
  return new WebAssembly.Module(bytes);
}

Deno.test("of guests that go on at the same moment, each runs in its own turn", async () => {
  const module = await compile(WAITING);
  const memory = createInterruptMemory();
  const turns = new InterruptTurns(memory);
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  const seen: string[] = [];
  let running = -1;
  const makeGuest = (id: number) => {
    const enter = () => {
      running = id;
      return Infinity;
    };
    const h = {
      wait: suspending(() => turns.suspend(gate.then(() => {}), enter, () => running = -1)),
      note: (given: number) => seen.push(`${given}:${running}`),
    };
    const imports = { h, ...interruptImports(memory, preparedPlan(module)) };
    const { run } = new WebAssembly.Instance(module, imports as unknown as WebAssembly.Imports).exports;
    return { enter, run: promising(run as () => void) as (id: number) => Promise<unknown> };
  };
  const ended = [0, 1, 2, 3].map((id) => {
    const { enter, run } = makeGuest(id);
    turns.enter(enter());
    return run(id);
  });
  open();
  await Promise.all(ended);
  assertEquals(seen.length, 12);
  assertEquals(seen.filter((entry) => entry.split(":")[0] !== entry.split(":")[1]), []);
});

Deno.test("time spent waiting counts for nobody, and a deadline that passed meanwhile stops the guest", async () => {
  const memory = createInterruptMemory();
  const turns = new InterruptTurns(memory);
  let spentMs = 0;
  let deadlineMs = Infinity;
  const wait = () =>
    turns.suspend(
      new Promise<void>((resolve) => setTimeout(resolve, 30)),
      () => deadlineMs,
      (ms) => spentMs += ms,
    );
  const looping = await compile(
    `(module (import "h" "wait" (func $wait)) (func (export "run") (call $wait) (loop (br 0))))`,
  );
  const imports = { h: { wait: suspending(wait) }, ...interruptImports(memory, preparedPlan(looping)) };
  const { run } = new WebAssembly.Instance(looping, imports as unknown as WebAssembly.Imports).exports;
  turns.enter(Infinity);
  const ended = (promising(run as () => void) as () => Promise<unknown>)();
  deadlineMs = performance.now();
  const error = await ended.then(() => null, (reason: unknown) => reason);
  assert(error instanceof WebAssembly.RuntimeError);
  assert(turns.stopped);
  assert(spentMs < 25, `waiting was counted: ${spentMs} ms`);
});

Deno.test("a loop in a callback is stopped while its guest is suspended, and the guest goes on afterwards", async () => {
  const module = await compile(`(module (import "h" "wait" (func $wait (result i32)))
    (func (export "run") (result i32) (i32.add (call $wait) (call $wait)))
    (func (export "callback") (loop (br 0))))`);
  const memory = createInterruptMemory();
  const turns = new InterruptTurns(memory);
  const { promise: gate, resolve: open } = Promise.withResolvers<number>();
  const wait = () => turns.suspend(gate.then((value) => value), () => Infinity, () => {});
  const imports = { h: { wait: suspending(wait) }, ...interruptImports(memory, preparedPlan(module)) };
  const { run, callback } =
    new WebAssembly.Instance(module, imports as unknown as WebAssembly.Imports).exports;
  turns.enter(Infinity);
  const ended = (promising(run as () => number) as () => Promise<unknown>)();
  turns.enter(performance.now());
  assertThrows(() => (callback as () => void)(), WebAssembly.RuntimeError);
  assert(turns.stopped);
  turns.leave();
  open(21);
  assertEquals(await ended, 42);
  assertEquals(turns.stopped, false);
});
