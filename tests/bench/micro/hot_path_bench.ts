/** What the parts of the hot path cost by themselves: `deno bench -A tests/bench/micro`. */
import { answerHeadBytes, AnswerHeadReader, writeAnswerHead } from "../../../runtime/worker/head.ts";
import { createRing, RingReader, RingWriter } from "../../../runtime/worker/ring.ts";

const BODY = new TextEncoder().encode("hello");
const HEADERS: [string, string][] = [["content-type", "text/plain; charset=utf-8"]];
const INIT = { status: 200, headers: { "content-type": "text/plain;charset=UTF-8" } };
const SHARED_HEADERS = new Headers(HEADERS);

Deno.bench("Response: text, one shared init", { group: "response", baseline: true }, () => {
  new Response("hello", INIT);
});
Deno.bench("Response: text, header pairs", { group: "response" }, () => {
  new Response("hello", { status: 200, headers: HEADERS });
});
Deno.bench("Response: bytes, header pairs", { group: "response" }, () => {
  new Response(BODY, { status: 200, headers: HEADERS });
});
Deno.bench("Response: bytes, Headers", { group: "response" }, () => {
  new Response(BODY, { status: 200, headers: SHARED_HEADERS });
});

const memory = createRing(64 << 10);
const writer = new RingWriter(memory);
const reader = new RingReader(memory, () => {});

Deno.bench("a frame of 5 bytes through a ring, one thread", { group: "ring" }, () => {
  writer.write(1, 0, 1, BODY);
  reader.next();
  reader.next();
});

const room = new Uint8Array(256);
const heads = new AnswerHeadReader();

Deno.bench("an answer's head written", { group: "head" }, () => {
  answerHeadBytes(HEADERS);
  writeAnswerHead(room, 0, 200, HEADERS);
});
Deno.bench("an answer's head read, as the one before", { group: "head" }, () => {
  heads.read(room, 0);
});

const map = new Map<number, object>();
let next = 0;

Deno.bench("64 in flight in a Map", { group: "in flight" }, () => {
  map.set(next, { next });
  map.delete(next - 64);
  next++;
});

const slots: (object | null)[] = Array.from({ length: 64 }, () => null);
let at = 0;

Deno.bench("64 in flight in slots", { group: "in flight", baseline: true }, () => {
  slots[at & 63] = { at };
  at++;
});
