/**
 * Fuzzes the host's side of a worker: `deno run -A runtime/worker/lane_fuzz.ts [seconds] [seed]`. The fuzzer is the
 * worker. While it keeps to the protocol, every request must get its own answer, whole, whatever else is under way and
 * however the frames lie in the ring; answers to what is over reach nobody. Once it damages the shared memory, every
 * request must still get some answer, and the host's thread must come out of each of its turns.
 */
import { type Seeded, seeded } from "../../capabilities/seeded.ts";
import { COLLECT, ENDED, TO_HOST } from "./protocol.ts";
import { type TestLane, testLane } from "./testing.ts";

/** What a run came to. */
export interface LaneFuzzSums {
  answered: number;
  failed: number;
  /** Workers given up for what they wrote. */
  givenUp: number;
}

/** A request under way. */
interface Open {
  readonly id: number;
  /** Every byte of its answer. */
  readonly tag: number;
  readonly seen: Promise<void>;
  /** What the client must get; `null`: an answer that is not whole. */
  expected: number | null;
  streams: boolean;
}

const OPEN_MAX = 24;
const BODY_MAX_BYTES = 150_000;
const OF_THE_OVER = [TO_HOST.ANSWER, TO_HOST.PIECE, TO_HOST.PULL, TO_HOST.FAILED] as const;

const turn = () => new Promise<void>((resolve) => setTimeout(resolve, 0));
const failure = new TextEncoder().encode(JSON.stringify({ code: "trap", message: "", stack: "" }));

class LaneFuzz {
  readonly #open: Open[] = [];
  readonly #over: number[] = [];
  readonly #wrong: string[] = [];
  readonly #promises: Promise<void>[] = [];
  #tag = 0;

  constructor(
    private readonly random: Seeded,
    private readonly worker: TestLane,
    private readonly sums: LaneFuzzSums,
  ) {}

  async run(steps: number, isHostile: boolean): Promise<void> {
    for (let step = 0; step < steps && this.worker.ended.length === 0; step++) {
      await this.#step();
      if (isHostile && this.random(20) === 0) this.#damage();
      if (this.random(8) === 0) await turn();
    }
    if (!isHostile) { for (const open of [...this.#open]) await this.#end(open); }
    await turn();
    await this.worker[Symbol.asyncDispose]();
    await Promise.all(this.#promises);
    this.sums.givenUp += this.worker.faults.length;
    if (isHostile) return;
    if (this.worker.faults.length > 0) this.#wrong.push(String(this.worker.faults[0]));
    if (this.#wrong.length > 0) throw new Error(this.#wrong.join("; "));
  }

  async #step(): Promise<void> {
    const { random } = this;
    const open = this.#open[random(OPEN_MAX)];
    if (!open) return this.#ask();
    if (random(6) === 0) return this.#late();
    if (!open.streams) return random(4) === 0 ? this.#fail(open) : this.#answer(open);
    if (random(5) === 0) return this.#end(open);
    await this.#piece(open, random(40_000));
  }

  #ask(): void {
    const { id, response } = this.worker.ask();
    const tag = this.#tag = this.#tag % 250 + 1;
    const open: Open = { id, tag, seen: this.#see(() => open, response), expected: null, streams: false };
    this.#open.push(open);
    this.#promises.push(open.seen);
  }

  /** Takes the answer as a client does, and compares. */
  async #see(open: () => Open, response: Promise<Response>): Promise<void> {
    const answer = await response;
    if (this.random(10) === 0) await turn();
    let body: Uint8Array | null = null;
    try {
      body = await answer.bytes();
    } catch {
      // broken off
    }
    const { id, tag, expected } = open();
    this.sums[body && answer.status === 200 ? "answered" : "failed"]++;
    if (expected === null || answer.status !== 200) return;
    const length = answer.headers.get("x-tag") === String(tag) ? body?.length : "a head that is another's";
    if (length !== expected || body?.some((byte) => byte !== tag)) {
      this.#wrong.push(`${id} with ${tag} was to get ${expected} bytes and got ${length}`);
    }
  }

  #forget(open: Open): void {
    this.#open.splice(this.#open.indexOf(open), 1);
    this.#over.push(open.id);
  }

  /** Until the host has made room; a damaged ring may never have any. */
  async #write(attempt: () => boolean): Promise<void> {
    for (let left = 50; left > 0 && !attempt(); left--) await turn();
  }

  async #answer(open: Open): Promise<void> {
    const { random, worker } = this;
    const { id, tag } = open;
    const head = [["x-tag", String(tag)], ["content-type", "text/plain"]] as const;
    const kind = random(3);
    const size = random(random(2) === 0 ? 200 : kind === 0 ? 60_000 : BODY_MAX_BYTES);
    if (kind === 0) {
      open.expected = size;
      this.#forget(open);
      return await this.#write(() => worker.answer(id, new Uint8Array(size).fill(tag), ENDED, head));
    }
    open.expected = 0;
    if (kind === 1) {
      open.streams = true;
      return await this.#write(() => worker.answer(id, "", 0, head));
    }
    open.expected = size + 1;
    this.#forget(open);
    const sum = new Uint8Array(4);
    new DataView(sum.buffer).setUint32(0, size + 1, true);
    await this.#write(() => worker.answer(id, sum, COLLECT, head));
    for (let left = size + 1; left > 0;) {
      const part = Math.min(left, 1 + random(60_000));
      left -= part;
      await this.#write(() => worker.piece(id, new Uint8Array(part).fill(tag), left === 0 ? ENDED : 0));
    }
  }

  async #piece(open: Open, size: number): Promise<void> {
    if (open.expected !== null) open.expected += size;
    await this.#write(() => this.worker.piece(open.id, new Uint8Array(size).fill(open.tag)));
  }

  async #end(open: Open): Promise<void> {
    if (!open.streams) return await this.#fail(open);
    this.#forget(open);
    await this.#write(() => this.worker.piece(open.id, new Uint8Array(0), ENDED));
  }

  async #fail(open: Open): Promise<void> {
    open.expected = null;
    this.#forget(open);
    await this.#write(() => this.worker.writer.write(TO_HOST.FAILED, 0, open.id, failure));
  }

  /** Something for a request that is over, or that never was. */
  async #late(): Promise<void> {
    const id = this.#over[this.random(this.#over.length || 1)] ?? 1 + this.random(1 << 20);
    if (this.#open.some((open) => open.id === id)) return;
    const kind = OF_THE_OVER[this.random(OF_THE_OVER.length)] ?? TO_HOST.PULL;
    const payload = kind === TO_HOST.FAILED ? failure : new Uint8Array(8 + this.random(100));
    await this.#write(() => this.worker.writer.write(kind, this.random(2), id, payload));
  }

  #damage(): void {
    const { words, bytes } = this.worker, { random } = this;
    if (random(2) === 0) {
      const near = (Atomics.load(words, 0) + random(4096) - 2048) | 0;
      Atomics.store(words, random(5), random(3) === 0 ? random(2 ** 32) | 0 : near);
    } else {
      for (let left = random(200); left > 0; left--) {
        const at = random(3) === 0 ? random(bytes.byteLength) : 64 + random(4096);
        bytes.setUint8(at, random(3) === 0 ? 255 : random(256));
      }
    }
  }
}

/** Runs one seed; throws at what must not be. */
export async function fuzzLane(seed: number, steps: number, sums: LaneFuzzSums): Promise<void> {
  const random = seeded(seed);
  const isHostile = random(2) === 0;
  const alive = setInterval(() => {}, 1000); // a wait in the ring alone does not keep the event loop
  const worker = testLane({ responseBodyMaxBytes: 1 << 20, wallMaxMs: 60_000 });
  try {
    await new LaneFuzz(random, worker, sums).run(steps, isHostile);
  } catch (error) {
    throw new Error(`seed ${seed}: ${error}`);
  } finally {
    clearInterval(alive);
  }
}

if (import.meta.main) {
  const [seconds = "60", first = String(Date.now() % 1e9)] = Deno.args;
  const sums: LaneFuzzSums = { answered: 0, failed: 0, givenUp: 0 };
  const ends = performance.now() + Number(seconds) * 1000;
  let seed = Number(first);
  console.log(`from seed ${seed}`);
  for (; performance.now() < ends; seed++) await fuzzLane(seed, 400, sums);
  console.log(`to seed ${seed}`, sums);
}
