/**
 * Throws damaged and random messages at the host's side. Run by hand for long:
 * `deno run -A abi/serverless/message_fuzz.ts [seconds] [seed]`.
 */
import type { OpenedCapabilities } from "../../capabilities/open.ts";
import { CapabilityError } from "../../capabilities/error.ts";
import { type Seeded, seeded } from "../../capabilities/seeded.ts";
import { isTold } from "./answer.ts";
import { SERVERLESS_CONVENTION } from "./convention.ts";
import { NoAnswerError } from "./error.ts";
import { boundaryOf } from "./form/source.ts";
import { MultipartParser } from "./form/multipart.ts";
import { Reader } from "./msgpack/reader.ts";
import { encode } from "./msgpack/writer.ts";
import { MESSAGES } from "./table/messages.ts";
import { Puppet, PuppetExchange } from "./testing.ts";

/** A value of any kind, nesting a little. */
function anything(random: Seeded, depth = 0): unknown {
  switch (random(depth > 3 ? 7 : 9)) {
    case 0:
      return null;
    case 1:
      return random(2) === 1;
    case 2:
      return random(1 << 30) * (random(2) ? 1 : -1);
    case 3:
      return random(1000) / 7;
    case 4:
      return "x".repeat(random(40));
    case 5:
      return new Uint8Array(random(40));
    case 6:
      return ["set", "remove", "GET", "http://up/", "info", "/data/x", "a\r\nb", "\u0000"][random(8)];
    case 7:
      return Array.from({ length: random(4) }, () => anything(random, depth + 1));
    default:
      return Object.fromEntries(
        Array.from({ length: random(4) }, () => [`k${random(9)}`, anything(random, depth + 1)]),
      );
  }
}

/** A message of the table with some of its parameters, good or not, then damaged or not. */
export function anyMessage(random: Seeded): Uint8Array {
  const record = MESSAGES[random(MESSAGES.length)] ?? MESSAGES[0];
  const named = Object.fromEntries(record.params.map(({ name }) => [name, anything(random)]));
  const params = random(4) === 0
    ? anything(random)
    : record.shape === "map"
    ? named
    : [anything(random), named];
  const bytes = encode({ jsonrpc: "2.0", id: random(3), method: record.method, params });
  for (let hits = random(3) === 0 ? 1 + random(4) : 0; hits > 0; hits--) {
    bytes[random(bytes.length)] = random(256);
  }
  return random(5) === 0 ? bytes.subarray(0, random(bytes.length)) : bytes;
}

const full = () => new CapabilityError("quota", "full");

/** Capabilities that do next to nothing, or fail. */
const WORLD = {
  storage: {
    get: () => undefined,
    set: () => {
      throw full();
    },
    setTogether: () => Promise.reject(full()),
    remove: () => false,
    list: () => [],
    batch: () => {},
    compareAndSet: () => true,
  },
  http: { fetch: () => Promise.reject(new CapabilityError("unreachable", "no network")) },
  env: { entries: [], secretNames: [""] },
} as unknown as OpenedCapabilities; // the parts that messages reach

/** One round of messages in one request; throws on anything that the SPEC does not say. */
export async function fuzzMessages(random: Seeded, count: number): Promise<void> {
  const puppet = new Puppet({ dialect: random(2) ? "berth" : "messagepack", capabilities: WORLD });
  puppet.script = async (guest) => {
    for (let index = 0; index < count; index++) {
      const bytes = anyMessage(random);
      if (random(2)) await guest.callBytes(bytes);
      else guest.requestBytes(random(3), bytes);
    }
  };
  try {
    await SERVERLESS_CONVENTION.handle(
      puppet.guest,
      new PuppetExchange({ method: "POST", body: ["a", "b"] }),
    );
  } catch (error) {
    if (!(error instanceof NoAnswerError)) throw error;
  }
  puppet.instance.restore();
}

/** Random bytes for the reader: an answer or an error that the guest is told of, never another. */
export function fuzzReader(random: Seeded): void {
  const bytes = Uint8Array.from({ length: random(64) }, () => random(4) ? random(256) : 0xdf - random(8));
  for (const read of [(reader: Reader) => reader.any(), (reader: Reader) => reader.skip()]) {
    try {
      read(new Reader(8).open(bytes, 0, bytes.length));
    } catch (error) {
      if (!isTold(error)) throw error;
    }
  }
}

/** A damaged form in random pieces: every part's bytes come out or an error does, and it ends. */
export function fuzzForm(random: Seeded): void {
  const part = `--B\r\ncontent-disposition: form-data; name="n"; filename="f"\r\n\r\n${
    "x\r\n--".repeat(random(9))
  }\r\n`;
  const bytes = new TextEncoder().encode(part.repeat(random(4)) + "--B--\r\n");
  for (let hits = random(4); hits > 0; hits--) bytes[random(bytes.length)] = random(256);
  const parser = new MultipartParser(boundaryOf("multipart/form-data; boundary=B") ?? "B");
  let at = 0;
  const feed = () => {
    const size = 1 + random(20);
    if (at >= bytes.length) parser.end();
    else parser.push(bytes.slice(at, at + size));
    at += size;
  };
  try {
    for (let step = 0; step < bytes.length * 4 + 100; step++) {
      const event = parser.next();
      if (event === "more") feed();
      else if (event.kind === "end") return;
      else {for (let piece = parser.read(7); piece !== null; piece = parser.read(7)) {
          if (piece === "more") feed();
        }}
    }
  } catch (error) {
    if (isTold(error)) return;
    throw error;
  }
  throw new Error("the form did not end");
}

if (import.meta.main) {
  const [seconds = "60", seed = String(Date.now() & 0xffff)] = Deno.args;
  const random = seeded(Number(seed));
  const endMs = performance.now() + Number(seconds) * 1000;
  let rounds = 0;
  for (; performance.now() < endMs; rounds++) {
    await fuzzMessages(random, 20);
    for (let index = 0; index < 20; index++) {
      fuzzReader(random);
      fuzzForm(random);
    }
  }
  console.log(`seed ${seed}: ${rounds * 20} messages, byte strings and forms each`);
}
