/** Group `poll`: waiting for clocks and descriptors. The one function that suspends the guest. */
import { CAUSE, wasi, type WasiFunction } from "./call.ts";
import { clockError, readClock } from "./clock.ts";
import { Errno } from "./errno.ts";
import { EventType, SIZE } from "./layout.ts";
import { Right } from "./rights.ts";
import type { Wasi } from "./wasi.ts";

/** `subclockflags`: the timeout is a time of the clock, not a span from now. */
const ABSTIME = 1;
/** `eventrwflags`: the other side has closed. */
const HANGUP = 1;

const NS_PER_MS = 1_000_000n;

/** The longest single timer; a longer wait is several. */
const TIMER_MAX_MS = 2 ** 30;

/** What a subscription came to, or when it will. */
type Outcome =
  | { readonly is: "event"; readonly errno: Errno; readonly bytes: number; readonly flags: number }
  | { readonly is: "clock"; readonly id: number; readonly dueNs: bigint }
  | { readonly is: "input" };

interface Subscription {
  readonly userdata: bigint;
  readonly type: number;
  readonly outcome: Outcome;
}

const happened = (errno: Errno, bytes = 0, flags = 0): Outcome => ({ is: "event", errno, bytes, flags });

/**
 * `poll_oneoff(in, out, nsubscriptions, nevents) -> errno`. Waits until at least one subscription has something to
 * tell, and writes an event for each that has.
 *
 * Subscription, 48 bytes: userdata u64 @0, type u8 @8 (0 clock, 1 read, 2 write); clock: id u32 @16, timeout u64 @24,
 * precision u64 @32, flags u16 @40 (1 = absolute); read and write: descriptor u32 @16. Event, 32 bytes: userdata u64
 * @0, errno u16 @8, type u8 @10, bytes u64 @16, flags u16 @24 (1 = hangup). The number of events is an u32.
 */
const pollOneoff = wasi("poll_oneoff", "in:ptr out:out nsubscriptions:count nevents:out", {
  summary: "Waits for clocks and descriptors.",
  suspends: true,
  errors: {
    CANCELED: "the instance was put back or closed while it waited",
    FAULT: CAUSE.FAULT,
    INVAL: "no subscriptions, or more than the limit pollSubscriptionsMaxCount, or one of an unknown type",
    BADF: "in an event: the descriptor is not open",
    NOTCAPABLE: "in an event: the clock is not granted, or the descriptor may not be polled",
  },
}, (w, list: number, out: number, count: number, events: number) => {
  const number = count >>> 0;
  if (number === 0 || number > w.context.limits.pollSubscriptionsMaxCount) return Errno.INVAL;
  w.memory.check(list, number * SIZE.SUBSCRIPTION);
  w.memory.check(out, number * SIZE.EVENT);
  w.memory.check(events, 4);
  const subscriptions = readSubscriptions(w, list, number);
  if (subscriptions === undefined) return Errno.INVAL;
  const report = () => writeEvents(w, subscriptions, out, events);
  return report() > 0 ? Errno.SUCCESS : wait(w, subscriptions, report);
});

function readSubscriptions(w: Wasi, list: number, count: number): Subscription[] | undefined {
  const { view } = w.memory;
  const subscriptions: Subscription[] = [];
  for (let index = 0; index < count; index++) {
    const at = (list >>> 0) + index * SIZE.SUBSCRIPTION;
    const type = view.getUint8(at + 8);
    let outcome: Outcome;
    if (type === EventType.CLOCK) outcome = clockOutcome(w, view, at);
    else if (type === EventType.FD_READ || type === EventType.FD_WRITE) {
      outcome = descriptorOutcome(w, type, view.getUint32(at + 16, true));
    } else return undefined;
    subscriptions.push({ userdata: view.getBigUint64(at, true), type, outcome });
  }
  return subscriptions;
}

function clockOutcome(w: Wasi, view: DataView, at: number): Outcome {
  const id = view.getUint32(at + 16, true);
  const timeout = view.getBigUint64(at + 24, true);
  const now = readClock(w, id);
  if (now < 0n) return happened(clockError(w, id, now));
  const absolute = (view.getUint16(at + 40, true) & ABSTIME) !== 0;
  return { is: "clock", id, dueNs: absolute ? timeout : now + timeout };
}

function descriptorOutcome(w: Wasi, type: number, fd: number): Outcome {
  const descriptor = w.descriptors.get(fd);
  if (descriptor === undefined) return happened(Errno.BADF);
  if ((descriptor.rights & Right.POLL_FD_READWRITE) === 0) return happened(Errno.NOTCAPABLE);
  const { resource } = descriptor;
  if (resource.type === "stream" && type === EventType.FD_READ) {
    return resource.number === 0 ? { is: "input" } : happened(Errno.BADF);
  }
  if (resource.type === "file" && resource.kind === "file" && type === EventType.FD_READ) {
    const left = descriptor.position < 0 ? 0 : resource.stat().sizeBytes - descriptor.position;
    return happened(Errno.SUCCESS, Math.max(0, left));
  }
  return happened(Errno.SUCCESS);
}

/** An event where the subscription has one now. */
function eventOf(w: Wasi, { outcome }: Subscription): Outcome & { is: "event" } | undefined {
  switch (outcome.is) {
    case "event":
      return outcome;
    case "clock":
      return readClock(w, outcome.id) >= outcome.dueNs
        ? { ...outcome, is: "event", errno: 0, bytes: 0, flags: 0 }
        : undefined;
    case "input": {
      const { bytes, ended } = w.stdio?.inputState() ?? { bytes: 0, ended: true };
      if (bytes === 0 && !ended) return undefined;
      return { is: "event", errno: Errno.SUCCESS, bytes, flags: ended && bytes === 0 ? HANGUP : 0 };
    }
  }
}

/** Writes the events there are now, and their number when there is one at least. */
function writeEvents(w: Wasi, subscriptions: readonly Subscription[], out: number, events: number): number {
  const { view } = w.memory;
  let written = 0;
  for (const subscription of subscriptions) {
    const event = eventOf(w, subscription);
    if (event === undefined) continue;
    const at = (out >>> 0) + written * SIZE.EVENT;
    view.setBigUint64(at, subscription.userdata, true);
    view.setUint16(at + 8, event.errno, true);
    view.setUint16(at + 10, subscription.type, true);
    view.setUint32(at + 12, 0, true);
    view.setBigUint64(at + 16, BigInt(event.bytes), true);
    view.setBigUint64(at + 24, BigInt(event.flags), true);
    written++;
  }
  w.memory.setU32(events, written);
  return written;
}

/** Waits without blocking the worker until something can be reported, or the instance is put back or closed. */
async function wait(w: Wasi, subscriptions: readonly Subscription[], report: () => number): Promise<Errno> {
  let ended = false;
  let end = () => {};
  const over = new Promise<void>((resolve) => {
    end = () => {
      ended = true;
      resolve();
    };
  });
  w.waits.add(end);
  try {
    do {
      const timer = new Timer(nextDueMs(w, subscriptions));
      const input = subscriptions.some(({ outcome }) => outcome.is === "input")
        ? [w.stdio?.inputReady(timer.ms) ?? Promise.resolve()]
        : [];
      await Promise.race([timer.done, over, ...input]);
      timer.stop();
      // Whoever waits for an instance that was put back must not write into it any more.
      if (ended) return Errno.CANCELED;
    } while (report() === 0);
    return Errno.SUCCESS;
  } finally {
    w.waits.delete(end);
  }
}

/** How long until the first clock is due; a wait without clocks is one of the longest timer. */
function nextDueMs(w: Wasi, subscriptions: readonly Subscription[]): number {
  let soonest = TIMER_MAX_MS;
  for (const { outcome } of subscriptions) {
    if (outcome.is !== "clock") continue;
    const left = (outcome.dueNs - readClock(w, outcome.id) + NS_PER_MS - 1n) / NS_PER_MS;
    soonest = Math.min(
      soonest,
      Number(left < 0n ? 0n : left > BigInt(TIMER_MAX_MS) ? BigInt(TIMER_MAX_MS) : left),
    );
  }
  return soonest;
}

/** A timer that can be stopped. */
class Timer {
  readonly ms: number;
  readonly done: Promise<void>;
  #id: ReturnType<typeof setTimeout> | undefined;

  constructor(ms: number) {
    this.ms = ms;
    this.done = new Promise((resolve) => {
      this.#id = setTimeout(resolve, ms);
    });
  }

  stop(): void {
    clearTimeout(this.#id);
  }
}

/** The group. */
export const POLL: readonly WasiFunction[] = [pollOneoff];
