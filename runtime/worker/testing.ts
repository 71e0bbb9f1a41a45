/** What tests and the fuzzer of the host's side of a worker share: a lane whose worker is the test itself. */
import { limitDefaults } from "../../capabilities/limit.ts";
import type { BerthError } from "../error.ts";
import { LIMITS, type Limits } from "../limits.ts";
import { answerHeadBytes, type HeaderList, writeAnswerHead } from "./head.ts";
import { Lane } from "./lane.ts";
import type { LaneBoot, LaneEvents } from "./lane_events.ts";
import { type Boot, ENDED, TO_HOST, TO_WORKER } from "./protocol.ts";
import { RingReader } from "./ring_reader.ts";
import { RingWriter } from "./ring_writer.ts";
import { sharedBuffer } from "./shared_copy.ts";

/** See {@link testLane}. */
export interface TestLane extends AsyncDisposable {
  readonly faults: readonly unknown[];
  /** Why it ended, when it did. */
  readonly ended: readonly (BerthError | null)[];
  /** The worker's side of the ring of answers, and what lies behind it. */
  readonly writer: RingWriter;
  readonly words: Int32Array;
  readonly bytes: DataView;
  /** Sends a request; gives its number and its answer. */
  ask(): { readonly id: number; readonly response: Promise<Response> };
  /** Writes the head of an answer, and (with `ENDED`) its body. */
  answer(id: number, body: string | Uint8Array, flags?: number, headers?: HeaderList): boolean;
  /** Writes a piece of a body. */
  piece(id: number, bytes: Uint8Array, flags?: number): boolean;
}

/** What a started lane posts to its worker. */
function bootOf(start: () => Lane): { readonly lane: Lane; readonly boot: Boot } {
  let boot: Boot | undefined;
  const { Worker: real } = globalThis;
  globalThis.Worker = class {
    postMessage(message: Boot) {
      boot = message;
    }
    terminate() {}
  } as unknown as typeof Worker; // as much of one as a lane uses
  try {
    const lane = start();
    if (!boot) throw new Error("the lane posted nothing");
    return { lane, boot };
  } finally {
    globalThis.Worker = real;
  }
}

/** A lane whose worker is the test. */
export function testLane(limits: Partial<Limits> = {}, log: () => void = () => {}): TestLane {
  const faults: unknown[] = [], ended: (BerthError | null)[] = [];
  const events: LaneEvents = {
    log,
    denied() {},
    failed() {},
    freed() {},
    answered() {},
    problem: (error) => new Response(error.code, { status: 500 }),
    carryOut: () => new Promise(() => {}),
    fault: (error) => void faults.push(error),
    ended: (_lane, error) => void ended.push(error),
  };
  // What only a worker reads is left out.
  const start = {
    limits: { ...limitDefaults(LIMITS), ...limits },
    requestPrefix: "t",
    facts: { id: "t" },
  } as LaneBoot;
  const { lane, boot } = bootOf(() => new Lane(start, { read: [], write: [], net: [] }, events));
  const writer = new RingWriter(boot.answers), reader = new RingReader(boot.requests, () => {});
  const shared = sharedBuffer(boot.answers.memory);
  return {
    faults,
    ended,
    writer,
    words: new Int32Array(shared),
    bytes: new DataView(shared),
    ask() {
      const response = lane.send(new Request("http://berth.test/"), "/", 1);
      for (let frame = reader.next(); frame; frame = reader.next()) {
        if (frame.kind === TO_WORKER.REQUEST) return { id: frame.id, response };
      }
      throw new Error("no request came");
    },
    answer(id, body, flags = ENDED, headers = []) {
      const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
      const frame = new Uint8Array(answerHeadBytes(headers) + bytes.length);
      frame.set(bytes, writeAnswerHead(frame, 0, 200, headers));
      return writer.write(TO_HOST.ANSWER, flags, id, frame);
    },
    piece: (id, bytes, flags = 0) => writer.write(TO_HOST.PIECE, flags, id, bytes),
    [Symbol.asyncDispose]: () => lane.stop(0),
  };
}
