import { assertEquals, assertThrows } from "@std/assert";
import { BodyRoom } from "./body_room.ts";

const bytes = (length: number, value: number) => new Uint8Array(length).fill(value);

Deno.test("a body is put together of its pieces, and the next one sees nothing of it", () => {
  const room = new BodyRoom();
  room.begin(5);
  room.add(bytes(3, 1));
  room.add(bytes(2, 2));
  assertEquals([...room.body], [1, 1, 1, 2, 2]);
  room.begin(3);
  room.add(bytes(3, 3));
  assertEquals([...room.body], [3, 3, 3]);
});

Deno.test("a piece too many is an error, not a longer body", () => {
  const room = new BodyRoom();
  room.begin(8);
  room.begin(4);
  room.add(bytes(4, 1));
  assertThrows(() => room.add(bytes(1, 1)), RangeError);
});

Deno.test("a large body is not kept, nor anything once it is cleared", () => {
  const room = new BodyRoom();
  room.begin(3 << 20);
  const { buffer } = room.body;
  room.begin(10);
  assertEquals(room.body.buffer.byteLength, 10);
  room.clear();
  assertEquals([room.body.length, buffer.byteLength], [0, 3 << 20]);
});

// The room is used again at once, which only works since the fetch standard has bodies copied ("extract a body").
Deno.test("Response copies the bytes that it is given", async () => {
  const room = new BodyRoom();
  room.begin(3);
  room.add(bytes(3, 65));
  const response = new Response(room.body);
  room.begin(3);
  room.add(bytes(3, 66));
  assertEquals(await response.text(), "AAA");
});
