import { assert, assertEquals, assertThrows } from "@std/assert";
import { createRing } from "./ring.ts";
import { RingReader } from "./ring_reader.ts";
import { RingWriter } from "./ring_writer.ts";
import { sharedBuffer } from "./shared_copy.ts";

const pair = (bytes = 1024) => {
  const memory = createRing(bytes);
  let rooms = 0;
  return {
    writer: new RingWriter(memory),
    reader: new RingReader(memory, () => rooms++),
    rooms: () => rooms,
  };
};

Deno.test("frames come out as they went in, across the end of the buffer, thousands of times", () => {
  const { writer, reader } = pair();
  let sent = 0, seen = 0;
  for (let round = 0; round < 5000; round++) {
    for (let burst = 0; burst < round % 5; burst++) {
      const payload = new Uint8Array((sent * 37) % 200).fill(sent);
      if (!writer.write(1 + sent % 7, sent % 256, sent, payload)) break;
      sent++;
    }
    for (let frame = reader.next(); frame; frame = reader.next()) {
      assertEquals([frame.kind, frame.flags, frame.id], [1 + seen % 7, seen % 256, seen]);
      const payload = frame.data.subarray(frame.start, frame.end);
      assertEquals(payload.length, (seen * 37) % 200);
      assert(payload.every((byte) => byte === seen % 256));
      seen++;
    }
  }
  assertEquals(seen, sent);
  assert(seen > 5000);
});

Deno.test("a full ring refuses, and tells when there is room", () => {
  const { writer, reader, rooms } = pair();
  let count = 0;
  while (writer.write(1, 0, count, new Uint8Array(100))) count++;
  assertEquals(count, 8);
  writer.wantRoom();
  reader.next();
  assertEquals(rooms(), 0); // one frame is not worth telling of
  reader.next();
  assertEquals(rooms(), 1); // two are more than an eighth of the ring
  assert(writer.write(1, 0, 9, new Uint8Array(100)));
});

Deno.test("a frame larger than a quarter of the ring and a size that is no power of two are refused", () => {
  assertThrows(() => pair().writer.write(1, 0, 1, new Uint8Array(300)), RangeError, "does not fit");
  assertThrows(() => createRing(1000), RangeError, "power of two");
});

Deno.test("the counters pass the signs and the end of 32 bits without harm", () => {
  for (const start of [2 ** 31 - 2048, 2 ** 32 - 2048]) {
    const memory = createRing(1024);
    const words = new Int32Array(sharedBuffer(memory.memory));
    words[0] = start | 0;
    words[1] = start | 0;
    const writer = new RingWriter(memory);
    const reader = new RingReader(memory, () => {});
    for (let i = 0; i < 100; i++) {
      assert(writer.write(1, 0, i, new Uint8Array(200).fill(i)));
      const frame = reader.next();
      assertEquals(frame?.data[frame.start + 199], i);
      assertEquals(reader.next(), null);
    }
  }
});

Deno.test("an asynchronous reader is woken by a frame and by the bell", async () => {
  const alive = setInterval(() => {}, 1000); // a wait alone does not keep the event loop
  const { writer, reader } = pair();
  reader.listen();
  const woken = reader.waitAsync();
  assert(woken);
  writer.write(3, 0, 7, new Uint8Array(1));
  await woken;
  assertEquals(reader.next()?.id, 7);
  assertEquals(reader.next(), null);
  reader.listen();
  const again = reader.waitAsync();
  assert(again);
  reader.wake();
  await again;
  assertEquals(reader.next(), null);
  clearInterval(alive);
});

Deno.test("a blocked reader knows whether it was woken or its patience was over", () => {
  const ring = createRing(4096);
  const reader = new RingReader(ring, () => {});
  reader.listen();
  assertEquals(reader.wait(1), false);
  reader.wake();
  assertEquals(reader.wait(1), true);
});

Deno.test("a blocked reader in another thread is woken for each frame", async () => {
  const requests = createRing(4096), answers = createRing(4096);
  const source = `
    import { RingReader } from ${JSON.stringify(new URL("./ring_reader.ts", import.meta.url).href)};
    import { RingWriter } from ${JSON.stringify(new URL("./ring_writer.ts", import.meta.url).href)};
    onmessage = ({ data }) => {
      const reader = new RingReader(data.requests, () => {}), writer = new RingWriter(data.answers);
      for (;;) {
        reader.listen();
        const frame = reader.next();
        if (!frame) { reader.wait(); continue; }
        if (frame.kind === 9) break;
        while (!writer.write(frame.kind, 0, frame.id, frame.data.slice(frame.start, frame.end))) writer.waitForRoom(1000);
      }
      close();
    };`;
  const url = URL.createObjectURL(new Blob([source], { type: "text/typescript" }));
  const worker = new Worker(url, { type: "module" });
  worker.postMessage({ requests, answers });
  const writer = new RingWriter(requests), reader = new RingReader(answers, () => writer.ring());
  let answered = 0, sent = 0;
  while (answered < 2000) {
    reader.listen();
    while (sent < 2000 && writer.write(1, 0, sent, new Uint8Array(sent % 500))) sent++;
    const frame = reader.next();
    if (frame) {
      assertEquals(frame.id, answered);
      assertEquals(frame.end - frame.start, answered % 500);
      answered++;
    } else await reader.waitAsync();
  }
  writer.write(9, 0, 0, new Uint8Array(0));
  URL.revokeObjectURL(url);
});

Deno.test("a reader that sleeps hears of hushed frames when it is told, and of all of them then", async () => {
  const alive = setInterval(() => {}, 1000);
  const { writer, reader } = pair();
  reader.listen();
  let woken = false;
  const waiting = reader.waitAsync()?.then(() => woken = true);
  writer.hush();
  writer.write(1, 0, 1, new Uint8Array(1));
  writer.write(1, 0, 2, new Uint8Array(1));
  await new Promise((resolve) => setTimeout(resolve, 20));
  assertEquals(woken, false);
  writer.tell();
  await waiting;
  assertEquals([reader.next()?.id, reader.next()?.id, reader.next()], [1, 2, null]);
  reader.listen();
  const again = reader.waitAsync();
  writer.write(1, 0, 3, new Uint8Array(1)); // told of each again
  await again;
  assertEquals(reader.next()?.id, 3);
  clearInterval(alive);
});

Deno.test("a frame that says it is longer than any can be is an error of the reader's, with nothing read beyond", () => {
  const memory = createRing(1024);
  const writer = new RingWriter(memory), reader = new RingReader(memory, () => {});
  writer.write(1, 0, 1, new Uint8Array(8));
  new DataView(sharedBuffer(memory.memory)).setUint32(64, 2 ** 31, true); // as only a broken writer could
  assertThrows(() => reader.next(), RangeError);
});

Deno.test("payloads of one kind are put together, one body after the other", () => {
  const { writer, reader } = pair(4096);
  for (const [first, second, value] of [[1000, 500, 1], [3, 900, 2]] as const) {
    reader.gather(7, first + second);
    writer.write(7, 0, 1, new Uint8Array(first).fill(value));
    writer.write(7, 0, 1, new Uint8Array(second).fill(value + 100));
    const frame = reader.next();
    assertEquals(frame && [...frame.data.subarray(frame.start, frame.end)], Array(first).fill(value));
    reader.next();
    assertEquals([...reader.gathered], [...Array(first).fill(value), ...Array(second).fill(value + 100)]);
  }
  writer.write(7, 0, 1, Uint8Array.of(5)); // nothing is put together any more
  const frame = reader.next();
  assertEquals(frame?.data[frame.start], 5);
});

Deno.test("more than was announced is an error, and what was put together can be given back", () => {
  const { writer, reader } = pair(4096);
  reader.gather(7, 4);
  writer.write(7, 0, 1, new Uint8Array(5));
  assertThrows(() => reader.next(), RangeError, "announced");
  const other = pair(4096);
  other.reader.gather(7, 1 << 20);
  other.reader.forget(0); // under way: it stays
  other.writer.write(7, 0, 1, new Uint8Array(10).fill(9));
  other.reader.next();
  assertEquals(other.reader.gathered.length, 10);
});

// The memory is used again at once, which only works since the fetch standard has bodies copied ("extract a body").
Deno.test("Response copies the bytes that it is given", async () => {
  const { writer, reader } = pair(4096);
  const write = (value: number) => {
    reader.gather(7, 3);
    writer.write(7, 0, 1, new Uint8Array(3).fill(value));
    reader.next();
  };
  write(65);
  const response = new Response(reader.gathered);
  write(66);
  assertEquals(await response.text(), "AAA");
});
