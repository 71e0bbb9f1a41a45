import { assertEquals, assertRejects } from "@std/assert";
import type { HostReply } from "../../capabilities/capability.ts";
import { CapabilityError } from "../../capabilities/error.ts";
import { limitDefaults } from "../../capabilities/limit.ts";
import { LIMITS } from "../limits.ts";
import { type CarryOut, type WorkerCall, WorkerCalls } from "./calls.ts";
import { HostLine } from "./host_line.ts";
import { TO_HOST } from "./protocol.ts";
import { createRing } from "./ring.ts";
import { RingReader } from "./ring_reader.ts";
import { RingWriter } from "./ring_writer.ts";

/** Both ends of one worker's calls, over real rings, on one thread: `pump` moves what is there. */
function ends(carryOut: CarryOut, depth = 3) {
  const up = createRing(1 << 18), down = createRing(1 << 18);
  const upWriter = new RingWriter(up), downWriter = new RingWriter(down);
  const upReader = new RingReader(up, () => {}), downReader = new RingReader(down, () => {});
  const faults: unknown[] = [];
  const late: (() => boolean)[] = [];
  const limits = { ...limitDefaults(LIMITS), serviceCallMaxBytes: 150_000, websocketMessageMaxBytes: 1_000 };
  const calls = new WorkerCalls(
    (...frame) =>
      void (late.length === 0 && downWriter.write(...frame) || late.push(() => downWriter.write(...frame))),
    limits,
    { carryOut, fault: (error) => faults.push(error) },
  );
  const line = new HostLine(upWriter, () => depth);
  const pump = async () => {
    for (let round = 0; round < 50; round++) {
      for (let frame = upReader.next(); frame; frame = upReader.next()) calls.take(frame);
      while (late.length > 0 && late[0]?.()) late.shift();
      for (let frame = downReader.next(); frame; frame = downReader.next()) line.take(frame);
      await undefined;
    }
  };
  return { line, calls, pump, faults, upWriter };
}

const ask = (body: Uint8Array, head: unknown = { any: "head" }) => ({ kind: "service", head, body }) as const;
const pattern = (length: number) => new Uint8Array(length).map((_, index) => index * 7 + (index >> 8));

Deno.test("a call and its reply pass whole at every size about the borders of a frame", async () => {
  const seen: WorkerCall[] = [];
  const { line, pump } = ends((call) => {
    seen.push(call);
    return { head: { back: call.head }, body: call.body.toReversed() };
  });
  for (const size of [0, 1, 32_000, 32_700, 32_768, 32_769, 65_536, 65_537, 150_000]) {
    const reply = line.call(ask(pattern(size)));
    await pump();
    assertEquals(
      await reply,
      { head: { back: { any: "head" } }, body: pattern(size).toReversed() },
      `${size}`,
    );
  }
  assertEquals(new Set(seen.map(({ depth, kind }) => `${kind} ${depth}`)), new Set(["service 3"]));
});

Deno.test("errors of capabilities keep their code; another error is a fault, and the guest hears of no detail", async () => {
  const denied = new CapabilityError("denied", "no", `"services": {}`);
  const { line, pump, faults } = ends(({ head }) =>
    Promise.reject(head === 1 ? denied : new Error("secret path"))
  );
  const first = assertRejects(() => line.call(ask(pattern(1), 1)), CapabilityError);
  const second = assertRejects(() => line.call(ask(pattern(1), 2)), CapabilityError);
  await pump();
  const [one, two] = [await first, await second];
  assertEquals([one.code, one.message, one.manifestLine], ["denied", "no", `"services": {}`]);
  assertEquals([two.code, two.message.includes("secret"), faults.length], ["io", false, 1]);
});

Deno.test("a call that is given up aborts on the host, and its late reply reaches nobody", async () => {
  const reply = Promise.withResolvers<HostReply>();
  let signal: AbortSignal | null = null;
  const { line, pump, faults } = ends((call) => {
    signal = call.signal;
    return reply.promise;
  });
  const abort = new AbortController();
  const call = assertRejects(() => line.call({ ...ask(pattern(10)), signal: abort.signal }), CapabilityError);
  await pump();
  abort.abort();
  assertEquals((await call).code, "aborted");
  await pump();
  assertEquals((signal as AbortSignal | null)?.aborted, true);
  reply.resolve({ head: {}, body: pattern(100_000) });
  await pump();
  assertEquals(faults, []);
  const given = await assertRejects(
    () => line.call({ ...ask(pattern(1)), signal: abort.signal }),
    CapabilityError,
  );
  assertEquals(given.code, "aborted", "an aborted one is not begun");
});

Deno.test("when the worker ends its calls abort", async () => {
  const signals: AbortSignal[] = [];
  const { line, pump, calls } = ends((call) => {
    signals.push(call.signal);
    return new Promise(() => {});
  });
  line.call(ask(pattern(1))).catch(() => {});
  line.call(ask(pattern(1))).catch(() => {});
  await pump();
  calls.close();
  assertEquals(signals.map(({ aborted }) => aborted), [true, true]);
});

Deno.test("heads that fit no frame, and bodies over their limit, are refused before anything is allocated", async () => {
  const { line, pump } = ends(() => ({ head: {}, body: pattern(0) }));
  const head = await assertRejects(() => line.call(ask(pattern(0), "x".repeat(60_000))), CapabilityError);
  assertEquals(head.code, "too-large");
  const body = assertRejects(() => line.call(ask(pattern(150_001))), CapabilityError);
  await pump();
  assertEquals((await body).code, "too-large");
});

Deno.test("frames that our own code does not write throw; those of a call that is over are passed over", async () => {
  const write = (head: unknown, flags: number, ...pieces: readonly (readonly [number, number])[]) => {
    const made = ends(() => ({ head: {}, body: pattern(1) }));
    const bytes = new TextEncoder().encode(typeof head === "string" ? head : JSON.stringify(head));
    const frame = new Uint8Array(4 + bytes.length);
    new DataView(frame.buffer).setUint32(0, bytes.length, true);
    frame.set(bytes, 4);
    made.upWriter.write(TO_HOST.CALL, flags, 77, frame);
    for (const [id, length] of pieces) made.upWriter.write(TO_HOST.CALL_PIECE, 0, id, new Uint8Array(length));
    return made;
  };
  const call = { kind: "service", depth: 0, bytes: 5, head: {} };
  for (
    const head of [
      "no json",
      null,
      7,
      { ...call, bytes: -1 },
      { ...call, bytes: "8" },
      { ...call, bytes: { length: 1e9 } }, // a list of so many, to a typed array
      { ...call, depth: 0.5 },
      { ...call, kind: "other" },
    ]
  ) await assertRejects(write(head, 1).pump, Error);
  await assertRejects(write(call, 0, [77, 6]).pump, RangeError); // longer than announced
  const twice = write(call, 0);
  twice.upWriter.write(TO_HOST.CALL, 0, 78, new Uint8Array(4));
  await assertRejects(twice.pump, Error);
  const other = write({ ...call, bytes: 1_000_000 }, 0, [77, 6], [79, 6]);
  other.upWriter.write(TO_HOST.CALL_CANCEL, 0, 80, new Uint8Array(0));
  const reply = other.line.call(ask(pattern(1)));
  await other.pump();
  assertEquals((await reply).body, pattern(1));
});
