/** What a request costs on its way between the host's thread and the worker: `deno task micro`. */
import { bench, type MicroGroup } from "../../tests/bench/micro/ratios.ts";
import { answerHeadBytes, AnswerHeadReader, RequestHeadWriter, writeAnswerHead } from "./head.ts";
import { createRing } from "./ring.ts";
import { RingReader } from "./ring_reader.ts";
import { RingWriter } from "./ring_writer.ts";
import { Slots } from "./slots.ts";

const BODY = new TextEncoder().encode("hello");
const PAIRS: [string, string][] = [["content-type", "text/plain;charset=UTF-8"]];
const INIT = { status: 200, headers: { "content-type": "text/plain;charset=UTF-8" } };

function responses(): MicroGroup {
  return {
    name: "answer to Deno",
    reference: bench("new Response of text", () => void new Response("hello")),
    benches: [
      bench("text, one shared init", () => void new Response("hello", INIT)),
      bench("text, header pairs", () => void new Response("hello", { status: 200, headers: PAIRS })),
      bench("bytes, header pairs", () => void new Response(BODY, { status: 200, headers: PAIRS })),
    ],
  };
}

/** A frame of so many bytes, written and read by one thread, against a copy of them into shared memory. */
function frames(bytes: number): MicroGroup {
  const payload = new Uint8Array(bytes).fill(1);
  const memory = createRing(256 << 10);
  const writer = new RingWriter(memory), reader = new RingReader(memory, () => {});
  const shared = new Uint8Array(new SharedArrayBuffer(256 << 10));
  let at = 0;
  return {
    name: `ring, ${bytes} bytes`,
    reference: bench("a copy into shared memory", () => {
      shared.set(payload, at);
      at = (at + bytes + 16) & 0xffff;
    }),
    benches: [bench("a frame written and read", () => {
      writer.write(1, 0, 1, payload);
      reader.next();
      reader.next();
    })],
  };
}

function heads(): MicroGroup {
  const room = new Uint8Array(1024);
  const url = "/api/hello?name=value";
  const headers = new Headers({ host: "127.0.0.1:8083", accept: "*/*", "user-agent": "bench" });
  const text = JSON.stringify([url, "GET", [...headers]]);
  const encoder = new TextEncoder();
  const requests = new RequestHeadWriter();
  const answers = new AnswerHeadReader(), answer = new Uint8Array(256);
  writeAnswerHead(answer, 0, 200, PAIRS);
  return {
    name: "heads",
    reference: bench("the same text by TextEncoder", () => void encoder.encodeInto(text, room)),
    benches: [
      bench("a request's written", () => void requests.write(room, 0, 1024, url, "GET", headers)),
      bench("an answer's written", () => {
        answerHeadBytes(PAIRS);
        writeAnswerHead(room, 0, 200, PAIRS);
      }),
      bench("an answer's read, as the one before", () => void answers.read(answer, 0, answer.length)),
    ],
  };
}

/** Sixty-four requests under way, the oldest of which ends as a new one comes. */
function slots(): MicroGroup {
  const IN_FLIGHT = 64;
  const ticket = { open: true };
  const array = Array.from({ length: IN_FLIGHT }, () => ticket);
  let at = 0;
  const open = new Slots<typeof ticket>();
  const ids = new Uint32Array(IN_FLIGHT);
  for (let index = 0; index < IN_FLIGHT; index++) open.set(ids[index] = open.next(), ticket);
  let turn = 0;
  return {
    name: "requests under way",
    reference: bench("an array's element", () => {
      array[at & 63] = ticket;
      at++;
    }),
    benches: [bench("a slot taken and given back", () => {
      const old = ids[turn & 63] ?? 0;
      open.get(old);
      open.delete(old);
      const id = open.next();
      open.set(id, ticket);
      ids[turn & 63] = id;
      turn++;
    })],
  };
}

/** See {@link MicroGroup}. */
export function groups(): MicroGroup[] {
  return [responses(), frames(5), frames(16 << 10), heads(), slots()];
}
