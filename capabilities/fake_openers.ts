/** The worker's capabilities with a test's world in place of the real one; loaded by nothing but such a worker. */
import type { HostCall, HostReply, OpenContext } from "./capability.ts";
import { answerOf, CALL_FIELD, type FakedWorld, type Fakes, type MadeCall } from "./fake.ts";
import { openFakeHttp } from "./http/fake.ts";
import type { HttpGrant } from "./http/http.ts";
import type { Openers } from "./open.ts";
import type { Random } from "./random/random.ts";
import type { ServiceCallHead } from "./services/services.ts";
import type { Storage } from "./storage/storage.ts";
import type { Clock } from "./clock/clock.ts";

/** A body in the log is for people and for comparing with what a test expects. */
const BODY_SHOWN_MAX_BYTES = 16 << 10;

/** The openers, with everything faked that the test fakes; what a grant does not allow is refused all the same. */
export function fakeOpeners(openers: Openers, fakes: Fakes): Openers {
  const now = new Int32Array(fakes.now);
  const world = (): FakedWorld => fakes.worlds[Atomics.load(now, 0)] ?? REAL;
  const real = fakes.worlds.every(({ calls }) => calls === null);
  return {
    ...openers,
    ...(openers.http && !real
      ? { http: (grant: HttpGrant, context) => openFakeHttp(grant, context, caller(world, context)) }
      : {}),
    ...(openers.services && !real
      ? { services: (grant, context) => openers.services?.(grant, serviceContext(world, context)) ?? CLOSED }
      : {}),
    ...(openers.clock
      ? { clock: (grant, context) => fakeClock(openers.clock?.(grant, context) as Clock, world) }
      : {}),
    ...(openers.random
      ? { random: (grant, context) => fakeRandom(openers.random?.(grant, context) as Random, world, now) }
      : {}),
    ...(openers.storage
      ? { storage: (grant, context) => filled(openers.storage?.(grant, context) as Storage, fakes) }
      : {}),
  } as Openers; // each entry opens what its name says
}

const REAL: FakedWorld = { calls: null, wallMs: null, seed: null };
const CLOSED = { close() {} };

/** Looks the answer up, and notes the call in the log: a test reads there what was sent. */
function caller(world: () => FakedWorld, context: OpenContext) {
  return (method: string, url: string, headers: MadeCall["headers"], body: Uint8Array) => {
    const made: MadeCall = {
      method,
      url,
      headers,
      body: new TextDecoder().decode(body.subarray(0, BODY_SHOWN_MAX_BYTES)),
    };
    const note = (level: "info" | "warn", outcome: string) =>
      context.log({ level, source: "host", message: outcome, fields: { [CALL_FIELD]: made } });
    try {
      const answer = answerOf(world().calls ?? [], method, url);
      note("info", `faked ${method} ${url}: ${answer.status}`);
      return answer;
    } catch (error) {
      note("warn", error instanceof Error ? error.message : String(error));
      throw error;
    }
  };
}

/** Calls of other services are answered here, where they would leave for the host. */
function serviceContext(world: () => FakedWorld, context: OpenContext): OpenContext {
  const call = caller(world, context);
  return {
    ...context,
    callHost({ head, body }: HostCall): Promise<HostReply> {
      const { service, path, method, headers } = head as ServiceCallHead; // `services` makes no other
      try {
        const answer = call(method, `service:${service}${path}`, headers, body);
        return Promise.resolve({
          head: { status: answer.status, headers: answer.headers },
          body: answer.body,
        });
      } catch (error) {
        return Promise.reject(error);
      }
    },
  };
}

function fakeClock(clock: Clock, world: () => FakedWorld): Clock {
  return {
    ...clock,
    wallNs() {
      const { wallMs } = world();
      const real = clock.wallNs(); // nothing where the time of day is not granted
      return real === undefined || wallMs === null ? real : BigInt(wallMs) * 1_000_000n;
    },
  };
}

/** Begins anew with each step, so that a step does not depend on those before it. */
function fakeRandom(random: Random, world: () => FakedWorld, now: Int32Array): Random {
  let step = -1;
  let state = 0;
  return {
    fill(view, at, length) {
      const { seed } = world();
      if (seed === null) return random.fill(view, at, length);
      const present = Atomics.load(now, 0);
      if (present !== step) [step, state] = [present, seed | 0];
      for (let index = 0; index < length; index++) {
        state = (state + 0x6d2b79f5) | 0; // mulberry32
        let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
        mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
        view.setUint8(at + index, mixed >>> 24);
      }
    },
    close: () => random.close(),
  };
}

/** Entries that are there are left alone: a worker that is started again finds what the service made of them. */
function filled(storage: Storage, { storage: entries }: Fakes): Storage {
  if (storage.list({ limit: 1 }).length === 0) {
    for (const [key, value] of Object.entries(entries)) storage.set(key, value);
  }
  return storage;
}
