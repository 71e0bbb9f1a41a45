/** The host's side of a worker that is not itself any more: whatever it writes into the memory that they share. */
import { assert, assertEquals } from "@std/assert";
import { COLLECT, ENDED, TO_HOST } from "./protocol.ts";
import { WORD } from "./ring.ts";
import { type TestLane, testLane } from "./testing.ts";

/** The worker writes this before it answers: its request must fail, and the worker be given up. */
async function givenUp(write: (worker: TestLane, id: number) => void, what: string) {
  await using worker = testLane();
  const { id, response } = worker.ask();
  write(worker, id);
  worker.writer.ring();
  assertEquals(await (await response).text(), "internal", what);
  assertEquals([worker.faults.length, worker.ended.length], [1, 1], what);
}

Deno.test("hostile worker: what cannot be a frame ends the worker, and nothing waits for it", async () => {
  const frame = ({ bytes, words }: TestLane, size: number, kind: number, head: number) => {
    bytes.setUint32(64, size, true);
    bytes.setUint32(68, kind, true);
    Atomics.store(words, WORD.HEAD, head);
  };
  for (
    const [size, kind, head] of [
      [2 ** 32 - 16, 0, 16], // a filler that leads back to itself
      [0, 0, 1 << 16], // one that ends before the end
      [2 ** 18 - 16, 0, 2 ** 18], // all of the ring
      [64, TO_HOST.LOG, 16], // longer than was written
      [0, TO_HOST.CALL_CANCEL, 12], // at no border
      [0, TO_HOST.CALL_CANCEL, 2 ** 30], // more than there is room for
    ] as const
  ) await givenUp((worker) => frame(worker, size, kind, head), `${size} ${kind} ${head}`);
});

Deno.test("hostile worker: a head that no server could send ends the worker, and not the host", async () => {
  const head = (status: number, count: number, bytes: number, ...rest: number[]) =>
    Uint8Array.of(status >> 8, status, count >> 8, count, 0, 0, bytes >> 8, bytes, ...rest);
  for (
    const [payload, what] of [
      [head(200, 1, 6, 0, 0, 255, 255, 255, 255), "a value of 4 GiB"],
      [head(200, 1, 6, 255, 255, 0, 0, 0, 0), "a name longer than the head"],
      [head(200, 65_535, 0), "more headers than bytes"],
      [head(200, 0, 60_000), "a head longer than its frame"],
      [Uint8Array.of(0, 200), "less than a head"],
      [head(99, 0, 0), "a status below 200"],
      [head(1000, 0, 0), "a status above 599"],
      [head(200, 1, 10, 0, 1, 0, 0, 0, 3, 97, 98, 10, 98), "a line break in a value"],
      [head(200, 1, 8, 0, 1, 0, 0, 0, 1, 58, 97), "a colon as a name"],
    ] as const
  ) {
    for (const flags of [ENDED, COLLECT, 0]) {
      await givenUp(({ writer }, id) => {
        writer.write(
          TO_HOST.ANSWER,
          flags,
          id,
          flags === COLLECT ? Uint8Array.of(...payload, 9, 0, 0, 0) : payload,
        );
        writer.write(TO_HOST.PIECE, ENDED, id, new Uint8Array(9));
      }, `${what} (${flags})`);
    }
  }
});

Deno.test("hostile worker: headers of the connection and of the whole origin stay the host's", async () => {
  await using worker = testLane();
  const { id, response } = worker.ask();
  worker.answer(id, "hello", ENDED, [
    ["content-length", "2"],
    ["Transfer-Encoding", "chunked"],
    ["clear-site-data", "*"],
    ["x-own", "1"],
  ]);
  assertEquals([...(await response).headers], [["x-own", "1"]]);
});

Deno.test("hostile worker: a stream that nobody takes is bounded", async () => {
  await using worker = testLane({ responseBodyMaxBytes: 100_000 });
  const { id, response } = worker.ask();
  worker.answer(id, "", 0);
  const { body } = await response;
  for (let i = 0; i < 4 && worker.ended.length === 0; i++) {
    worker.piece(id, new Uint8Array(30_000));
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  assertEquals([worker.faults.length, worker.ended.length], [1, 1]);
  let failed = false;
  try {
    for await (const _ of body ?? []);
  } catch {
    failed = true;
  }
  assert(failed, "the client sees that it is not whole");
});

Deno.test("hostile worker: whoever asks next gets no bytes of an answer that is late, second or another's", async () => {
  await using worker = testLane();
  const first = worker.ask();
  worker.answer(first.id, "first");
  worker.answer(first.id, "first again");
  assertEquals(await (await first.response).text(), "first");
  const second = worker.ask();
  worker.answer(first.id, "late");
  worker.piece(first.id, new TextEncoder().encode("later"), ENDED);
  worker.answer(second.id ^ 1, "no request at all");
  worker.answer(second.id, "second");
  assertEquals(await (await second.response).text(), "second");
  // An answer that is put together keeps to itself what came of another one.
  const [third, fourth] = [worker.ask(), worker.ask()];
  worker.answer(third.id, "\x08\0\0\0", COLLECT);
  worker.piece(third.id, new TextEncoder().encode("half"));
  worker.answer(fourth.id, "\x08\0\0\0", COLLECT);
  const answers = await Promise.all([third.response, fourth.response]);
  assertEquals(await Promise.all(answers.map((answer) => answer.text())), ["internal", "internal"]);
  assertEquals(worker.faults.length, 1);
});

Deno.test("hostile worker: one that never rests leaves the host's thread its turns", async () => {
  const line = new TextEncoder().encode("{}");
  let lines = 0;
  await using worker = testLane({}, () => {
    // Another one is there before the host looks again. It ends at some time, so that a host that hangs is seen.
    if (++lines < 50_000) worker.writer.write(TO_HOST.LOG, 0, 0, line);
  });
  worker.writer.write(TO_HOST.LOG, 0, 0, line);
  while (lines === 0) await new Promise((resolve) => setTimeout(resolve, 0));
  assert(lines < 50_000, "the timer came after the worker had rested");
});

Deno.test("hostile worker: an answer that ends without its beginning, or before its end, ends the worker", async () => {
  await givenUp(({ piece }, id) => piece(id, new Uint8Array(3), ENDED), "a piece");
  await using worker = testLane();
  const { id, response } = worker.ask();
  worker.answer(id, "", 0);
  const body = (await response).text();
  worker.answer(id, "whole");
  let failed = false;
  await body.catch(() => failed = true);
  assertEquals([failed, worker.ended.length], [true, 1]);
});

Deno.test("hostile worker: a call that is none ends the worker", async () => {
  await givenUp(({ writer }) => writer.write(TO_HOST.CALL, ENDED, 1, new Uint8Array(8)), "no head");
  await givenUp(({ writer }) => writer.write(99, ENDED, 1, new Uint8Array(8)), "an unknown kind");
});
