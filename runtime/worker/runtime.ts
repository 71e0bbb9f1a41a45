/** What runs in a worker: takes requests from the ring, gives each a clean instance, puts it back afterwards. */
import { loadAbis, loadConvention } from "../../abi/load.ts";
import type { Abi, Convention, GuestContext } from "../../abi/abi.ts";
import type { LogLevel } from "../../capabilities/capability.ts";
import {
  closeCapabilities,
  grantedNames,
  loadOpeners,
  type OpenedCapabilities,
  type Openers,
  openGranted,
} from "../../capabilities/open.ts";
import { telemetryIsOn } from "../../capabilities/trace.ts";
import { Compaction } from "../compaction.ts";
import { AnswerHeads, ExchangeFailure, failureCode, RingExchange } from "./exchange.ts";
import { Garbage } from "./garbage.ts";
import { Guest, type GuestPlan, planGuest, type RunWatch } from "./guest.ts";
import { GuestLog } from "./guest_log.ts";
import { HostLine } from "./host_line.ts";
import { InterruptTurns } from "./interrupt.ts";
import { linkMaker } from "./link_line.ts";
import {
  type Boot,
  type Control,
  ENDED,
  type GuestFailure,
  TO_HOST,
  TO_WORKER,
  type WorkerState,
} from "./protocol.ts";
import { type Frame } from "./ring.ts";
import { RingReader } from "./ring_reader.ts";
import { type RingWriter } from "./ring_writer.ts";
import { Round } from "./round.ts";
import { Keeping } from "./keeping.ts";
import { sendJson } from "./send_json.ts";
import { Slots } from "./slots.ts";
import { chooseReset } from "./state.ts";

const decoder = new TextDecoder();

/** After so many microtask turns a request that is still open is taken to wait for the outside. */
const MICROTASK_TURNS = 6;

/** What was loaded for a service. */
interface Needs {
  readonly convention: Convention;
  readonly abis: readonly Abi[];
  readonly openers: Openers;
}

/** The runtime of one worker. */
export class WorkerRuntime implements RunWatch {
  readonly turns: InterruptTurns;
  running: Guest | null = null;
  readonly #reader: RingReader;
  readonly #writer: RingWriter;
  readonly #heads: AnswerHeads;
  readonly #round: Round;
  readonly #host: HostLine;
  readonly #log: GuestLog;
  readonly #capabilities: OpenedCapabilities;
  #plan: GuestPlan;
  readonly #convention: Convention;
  readonly #open = new Slots<RingExchange>();
  readonly #idle: Guest[] = [];
  /** Instances that exist, and how many may. */
  #guests = 1;
  readonly #guestsMax: number;
  /** Requests whose answer is out may still keep their instance: the next ones wait for one here. */
  readonly #waiting: RingExchange[] = [];
  #current: RingExchange | null = null;
  #stopping = false;
  readonly #keeping = new Keeping();
  readonly #garbage = new Garbage();
  readonly #compaction = new Compaction(() => this.#open.size > 0);
  readonly #telemetry = telemetryIsOn();
  #lastTurnMs = 0;
  /** What the guest of the last request computed. */
  #lastMs = 0;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #trace = false;

  /** Loads what the service needs of Berth, and no more. */
  static async open(boot: Boot, writer: RingWriter): Promise<WorkerRuntime> {
    const convention = await loadConvention(boot.module);
    if (!convention) throw new Error("the module's exports fit no convention");
    const real = await loadOpeners(grantedNames(boot.grants));
    const openers = boot.fakes
      ? (await import("../../capabilities/fake_openers.ts")).fakeOpeners(real, boot.fakes)
      : real;
    return new WorkerRuntime(boot, writer, { convention, openers, abis: await loadAbis(boot.module) });
  }

  private constructor(
    private readonly boot: Boot,
    writer: RingWriter,
    private readonly needs: Needs,
  ) {
    this.#writer = writer;
    this.#heads = new AnswerHeads(boot.limits);
    this.#round = new Round(writer);
    this.turns = new InterruptTurns(boot.interrupt);
    this.#reader = new RingReader(boot.requests, () => this.#writer.ring());
    // A call of nobody's request would be a fault of ours: it is as deep as can be, and refused.
    this.#host = new HostLine(writer, () => this.#current?.depth ?? 0xff);
    this.#log = new GuestLog(writer, boot.limits, () => this.#current?.id);
    this.#trace = boot.trace;
    this.#guestsMax = boot.state === "shared" ? 1 : boot.limits.concurrencyMaxCount;
    this.#capabilities = openGranted(needs.openers, boot.grants, {
      place: boot.place,
      limits: boot.limits,
      config: boot.config,
      secrets: boot.secrets,
      log: this.#log.write,
      callHost: this.#host.call,
      soon: this.#round.soon,
      makeLink: linkMaker(this.#host.call, () => this.#current !== null),
      transferred: (sentBytes, receivedBytes) => this.#writer.countTransfer(sentBytes, receivedBytes),
    });
    this.#convention = needs.convention;
    this.#plan = planGuest(boot.module, this.#context(), needs.abis, boot.interrupt);
  }

  #context(): GuestContext {
    const trace = (message: string) => this.#log.write({ level: "debug", source: "host", message });
    return {
      capabilities: this.#capabilities,
      limits: this.boot.limits,
      service: this.boot.facts,
      denied: (...denial) => this.#log.denied(...denial),
      log: (level: LogLevel, message, fields) =>
        this.#log.line({ level, source: "log", message, ...(fields ? { fields } : {}) }),
      trace: this.#trace ? trace : undefined,
    };
  }

  entered(guest: Guest): void {
    this.#current = guest.exchange;
  }

  // Life

  /** Makes the first instance, so that a module that cannot start is known at deploy. */
  async start(): Promise<WorkerState> {
    const began = performance.now();
    const guest = await this.#newGuest();
    this.#idle.push(guest);
    const startMs = performance.now() - began;
    if (this.boot.state === "fresh") {
      const make = async () => (await this.#newGuest(false)).discard();
      this.#keeping.choose(await chooseReset(() => guest.reset(), make, startMs));
    }
    return { kind: "ready", convention: this.#convention.name, startMs, reset: this.#keeping.reset };
  }

  #newGuest(resettable = this.boot.state === "fresh" && this.#keeping.next()): Promise<Guest> {
    const { startMaxMs } = this.boot.limits;
    const budget = { endsMs: performance.now() + startMaxMs, cpuMaxMs: startMaxMs };
    return Guest.create(this.#plan, this.#convention, this, budget, resettable);
  }

  /** Serves until told to stop and the last request is done. */
  async run(): Promise<void> {
    for (;;) {
      this.#round.begin();
      this.#reader.listen();
      while (this.#takeFrames()) await this.#microtasks(this.#round.openBefore);
      this.#round.end();
      if (this.#open.size > 0) await this.#microtasks(0);
      if (this.#stopping && this.#open.size === 0) break;
      this.#garbage.collect();
      // Frames may be left, for which the bell has rung already.
      if (this.#round.full) await this.#eventLoopTurn();
      else if (this.#open.size === 0 && this.#mayBlock()) this.#compaction.block(this.#reader);
      else {
        this.#compaction.watch();
        await (this.#reader.waitAsync() ?? this.#eventLoopTurn());
      }
    }
    if (this.#timer !== null) clearTimeout(this.#timer);
    for (const guest of this.#idle) guest.discard();
    closeCapabilities(this.#capabilities);
  }

  /** Takes frames until none is left, the round is full or a request stays open; says whether one does. */
  #takeFrames(): boolean {
    const round = this.#round, open = this.#open;
    while (!round.full) {
      const frame = this.#reader.next();
      if (!frame) return false;
      round.count(open.size, this.#lastMs);
      this.#take(frame);
      if (open.size > round.openBefore) return true;
    }
    return false;
  }

  /**
   * Lets requests end, down to so many, that wait for nothing outside. A guest that may suspend ends some turns after it
   * has returned; without them each request of a round would have an instance of its own, whose memory is in no cache.
   */
  async #microtasks(openMax: number): Promise<void> {
    for (let turn = 0; turn < MICROTASK_TURNS && this.#open.size > openMax; turn++) await undefined;
  }

  /** Under constant load the ring never runs empty; sockets and timers still get a turn each millisecond. */
  async #eventLoopTurn(): Promise<void> {
    if (performance.now() - this.#lastTurnMs < 1) return;
    await this.#reader.turn();
    this.#lastTurnMs = performance.now();
  }

  /**
   * Idle sockets of the http capability need the event loop even when no request is open. So does Deno's telemetry: it
   * asks every worker for its figures and sends none at all before the last one has answered.
   */
  #mayBlock(): boolean {
    return this.#capabilities.http === undefined && !this.#telemetry && !this.#garbage.loading;
  }

  #take(frame: Frame): void {
    const { kind, flags, id, data, view, start, end } = frame;
    if (kind === TO_WORKER.REQUEST) return this.#begin(frame);
    if (kind === TO_WORKER.CONTROL) {
      return this.#control(JSON.parse(decoder.decode(data.subarray(start, end))));
    }
    if (kind === TO_WORKER.REPLY || kind === TO_WORKER.REPLY_PIECE) return this.#host.take(frame);
    const exchange = this.#open.get(id);
    if (!exchange) return;
    if (kind === TO_WORKER.BODY) exchange.receive(data.subarray(start, end), (flags & ENDED) !== 0);
    else if (kind === TO_WORKER.CREDIT) exchange.grantCredit(view.getUint32(start, true));
    else if (kind === TO_WORKER.CANCEL) exchange.cancel(new Error("the client has gone"));
  }

  /** Guests that wait are given up at their wall limit; those that run are stopped through the word. */
  #watchWaiting(delayMs: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      const now = performance.now();
      let nextMs = Infinity;
      for (const exchange of this.#open.values()) {
        if (exchange.endsMs > now) nextMs = Math.min(nextMs, exchange.endsMs - now);
        else this.#giveUp(exchange);
      }
      if (nextMs !== Infinity) this.#watchWaiting(nextMs);
    }, Math.max(1, delayMs));
  }

  #giveUp(exchange: RingExchange): void {
    const reason = "the request's time is up";
    exchange.cancel(new Error(reason));
    this.#finish(exchange.guest, exchange, new ExchangeFailure("wall-limit", reason));
  }

  #control(control: Control): void {
    if (control.kind === "stop") this.#stopping = true;
    else this.#setTrace(control.on);
  }

  /** Host calls are wrapped when an instance is made: those there are make place for new ones. */
  #setTrace(on: boolean): void {
    if (this.#trace === on) return;
    this.#trace = on;
    this.#plan = planGuest(this.boot.module, this.#context(), this.needs.abis, this.boot.interrupt);
    if (this.boot.state === "shared") return; // its one instance is its state; the next worker is traced
    for (const guest of this.#idle.splice(0)) {
      this.#guests--;
      guest.discard();
    }
  }

  // One request

  #begin({ id, flags, data, view, start, end }: Frame): void {
    const headEnd = start + 8 + view.getUint32(start, true);
    const exchange = new RingExchange(
      id,
      view.getUint32(start + 4, true),
      this.boot.requestPrefix,
      data.subarray(start + 8, headEnd),
      data.subarray(headEnd, end),
      (flags & ENDED) !== 0,
      this.#writer,
      this.#heads,
      this.boot.limits,
    );
    exchange.mark = flags;
    this.#compaction.asked++;
    this.#open.set(id, exchange);
    const guest = this.#idle.pop();
    // Asking the clock for each request would cost as much as its guest.
    if (guest) return this.#serve(guest, exchange, Math.max(this.#round.beganMs, this.turns.leftMs));
    exchange.own();
    if (this.#guests < this.#guestsMax) this.#serveNew(exchange);
    else this.#waiting.push(exchange);
  }

  #serveNew(exchange: RingExchange): void {
    this.#guests++;
    this.#newGuest().then(
      (guest) => this.#isOpen(exchange) ? this.#serve(guest, exchange) : this.#putBack(guest, false),
      (error) => {
        this.#guests--;
        this.#finish(null, exchange, error);
      },
    );
  }

  #serve(guest: Guest, exchange: RingExchange, nowMs = performance.now()): void {
    // The time that it waited for an instance is not its own.
    exchange.endsMs = nowMs + this.boot.limits.wallMaxMs;
    guest.begin({ endsMs: exchange.endsMs, cpuMaxMs: this.boot.limits.cpuMaxMs });
    guest.exchange = exchange;
    exchange.guest = guest;
    try {
      const handled = this.#convention.handle(guest, exchange);
      if (handled) {
        handled.then(() => this.#finish(guest, exchange), (error) => this.#finish(guest, exchange, error));
        this.#watchWaiting(exchange.endsMs - performance.now());
      } else this.#finish(guest, exchange);
    } catch (error) {
      this.#finish(guest, exchange, error);
    }
  }

  /** Whether it was not given up. */
  #isOpen(exchange: RingExchange): boolean {
    return this.#open.get(exchange.ticket) === exchange;
  }

  #finish(guest: Guest | null, exchange: RingExchange, error?: unknown): void {
    if (!this.#open.delete(exchange.ticket)) return; // given up before
    if (this.#stopping) this.#reader.wake();
    if (error !== undefined) this.#fail(guest, exchange, error);
    else if (!exchange.finished) {
      this.#fail(guest, exchange, new ExchangeFailure("no-answer", "the guest sent no answer"));
    }
    this.#capabilities.stdio?.flush();
    this.#log.flush();
    this.#current = null;
    if (!guest) return;
    this.#lastMs = guest.cpuMs;
    this.#writer.count(guest.cpuMs, guest.memoryBytes);
    this.#putBack(guest, error !== undefined);
  }

  #fail(guest: Guest | null, exchange: RingExchange, error: unknown): void {
    const { message, stack = "" } = error instanceof Error ? error : new Error(String(error));
    const known = error instanceof ExchangeFailure ? error.code : null;
    const code = guest?.stopped ?? known ?? (exchange.cancelled ? "aborted" : failureCode(error));
    const failure: GuestFailure = { code, message, stack };
    exchange.finished = true;
    sendJson(this.#writer, TO_HOST.FAILED, exchange.ticket, failure);
  }

  #isFreshAgain(guest: Guest): boolean {
    if (guest.plan !== this.#plan || !guest.resettable || this.#keeping.reset === "instance") return false;
    const reset = guest.reset();
    this.#keeping.tried(reset);
    return reset;
  }

  #putBack(guest: Guest, failed: boolean): void {
    guest.exchange = null;
    const keep = !failed && (this.boot.state === "shared" || this.#isFreshAgain(guest));
    if (!keep) {
      this.#guests--;
      guest.discard();
      // A guest that had waited ends while the loop sleeps: without a turn its memory would stay until the next request.
      if (this.#garbage.add(guest.memoryBytes)) this.#reader.wake();
    }
    let next = this.#waiting.shift();
    while (next && !this.#isOpen(next)) next = this.#waiting.shift();
    if (!next) {
      if (keep) this.#idle.push(guest);
    } else if (keep) this.#serve(guest, next);
    else this.#serveNew(next);
  }
}
