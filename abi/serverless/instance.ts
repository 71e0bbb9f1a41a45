/** The host's side of one instance of a guest that speaks the serverless ABI. */
import type { AbiInstance, Exchange, GuestContext, GuestFunction, GuestStart } from "../abi.ts";
import { InstanceFiles } from "../instance_files.ts";
import { GuestFault, GuestMemory } from "../memory.ts";
import { errorAnswer, errorWithDataAnswer, isTold, successAnswer, toldMessage } from "./answer.ts";
import { BufferTable, copyPieces, EVENT_REFERENCE, type Pieces } from "./buffers.ts";
import { BodySource } from "./body.ts";
import { dispatch, noteDenied, recordOf } from "./dispatch.ts";
import { EnvelopeReader } from "./envelope.ts";
import { MessageError } from "./error.ts";
import { EventMaker } from "./event.ts";
import type { Emit, Lender } from "./handlers/handler.ts";
import { HttpStatusError } from "./handlers/http.ts";
import { jsonToMessage, messageToJson } from "./json.ts";
import { FastSend } from "./send.ts";
import { piecesLength } from "../pieces.ts";
import type { MessageRecord } from "./table/record.ts";
import { MessageTrace } from "./trace.ts";
import { Turn, unlessAborted } from "./turn.ts";

/** Callbacks inside calls inside callbacks: deeper ones wait for the guest to return. */
const NESTED_MAX_COUNT = 32;

/** What a module speaks, by its exports. */
export type Dialect = "json" | "messagepack" | "berth";

type ApiResponse = (session: bigint, buffer: bigint, length: number) => number;

/** See the file's comment. */
export class ServerlessInstance implements AbiInstance {
  readonly imports: Readonly<Record<string, Readonly<Record<string, GuestFunction>>>>;
  readonly #context: GuestContext;
  readonly #files: InstanceFiles;
  readonly #buffers = new BufferTable();
  readonly #envelopes: EnvelopeReader;
  readonly #lender: Lender;
  readonly #fastSend = new FastSend();
  readonly #trace: MessageTrace | undefined;
  #memory: GuestMemory | null = null;
  #onResponse: ApiResponse | null = null;
  #dialect: Dialect = "messagepack";
  #events: EventMaker | null = null;
  #turn: Turn;
  /** The turn between requests; at first that of the guest's start. */
  #idle: Turn;
  #reply: Pieces | null = null;
  /** How deep the guest is in calls of ours right now. */
  #inside = 0;

  constructor(context: GuestContext, start: GuestStart) {
    this.#context = context;
    this.#files = new InstanceFiles(context, start);
    this.#turn = this.#idle = this.#turnOf(null);
    this.#envelopes = new EnvelopeReader(context.limits.messageDepthMaxCount);
    this.#lender = {
      lend: (buffer) => this.#buffers.holdWritable(buffer),
      takeBack: (reference) => this.#buffers.drop(reference),
    };
    const imports = {
      env: {
        // Version 1.0.0 has no session: two arguments, and the number is in the JSON text.
        mk_module_api_request: (first: number, second: number, third?: number) =>
          third === undefined ? this.#request(null, first, second) : this.#request(first, second, third),
        mk_module_get_buffer: (pointer: number, reference: bigint, length: number) =>
          this.#buffers.copyOut(this.#guest, pointer, reference, length),
        mk_module_set_buffer: (reference: bigint, pointer: number, length: number) =>
          this.#buffers.copyIn(this.#guest, pointer, reference, length),
      },
      berth: {
        call: (pointer: number, length: number) => this.#call(pointer, length),
        take: (pointer: number) => this.#take(pointer),
      },
    };
    this.#trace = context.trace && new MessageTrace(context.trace, () => ({
      memory: this.#guest,
      isJson: this.#dialect === "json",
      limits: context.limits,
    }));
    this.imports = this.#trace?.imports(imports) ?? imports;
  }

  /** What the bound module speaks. */
  get dialect(): Dialect {
    return this.#dialect;
  }

  /** The request under way; between requests one without an exchange. */
  get turn(): Turn {
    return this.#turn;
  }

  get #guest(): GuestMemory {
    if (!this.#memory) throw new GuestFault("the module exports no memory");
    return this.#memory;
  }

  bind(exports: WebAssembly.Exports): void {
    const { memory, mk_module_on_api_response: response } = exports;
    if (memory instanceof WebAssembly.Memory) this.#memory = new GuestMemory(memory);
    if (typeof response === "function") this.#onResponse = response as ApiResponse; // by the ABI's signature
    this.#dialect = "berth_abi_1" in exports
      ? "berth"
      : "mk_module_abi_version_1_0_0" in exports
      ? "json"
      : "messagepack";
    const { service, capabilities } = this.#context;
    const env = Object.fromEntries(capabilities.env?.entries ?? []);
    this.#events = new EventMaker(service, env, this.#dialect === "berth");
  }

  snapshot(): void {
    this.#idle.close();
    this.#idle = this.#turnOf(null);
    this.#endTurn();
    this.#files.snapshot();
  }

  #turnOf(exchange: Exchange | null): Turn {
    const turn = new Turn(this.#context, exchange, this.#files.session);
    turn.mayWait = this.#dialect === "berth";
    return turn;
  }

  restore(): void {
    this.#endTurn();
    this.#files.restore();
  }

  #endTurn(): void {
    if (this.#turn !== this.#idle) this.#turn.close();
    this.#turn = this.#idle;
    this.#buffers.clear();
    this.#reply = null;
    this.#inside = 0;
  }

  close(): void {
    this.#endTurn();
    this.#idle.close();
    this.#files.close();
  }

  /**
   * Begins a request: holds its event and gives the event's length.
   * @param head the exchange's head, or a copy that outlived a wait
   * @param body what the event carries of the body
   * @param rest what the guest may still read: `request.read` and forms
   */
  begin(exchange: Exchange, head: Uint8Array, body: Uint8Array, rest: BodySource | null): number {
    if (!this.#events) throw new TypeError("begin a request: the instance is not bound");
    // With shared state nobody restores the instance in between; what the last request left open still ends here.
    if (this.#turn !== this.#idle) this.#endTurn();
    this.#turn = this.#turnOf(exchange);
    this.#turn.body = rest;
    this.#turn.head = head;
    let event = this.#events.make(head, body, rest !== null && !rest.ended, exchange.event);
    if (this.#dialect === "json") event = messageToJson(event);
    this.#buffers.setEvent(event);
    this.#trace?.event(exchange, piecesLength(event));
    return piecesLength(event);
  }

  /** The guest has returned or waits: what it has not taken would soon be a view of other bytes. */
  keep(): void {
    this.#buffers.setEvent(null);
    const turn = this.#turn;
    const { http, services } = turn.context.capabilities;
    const unread = turn.body !== null && !turn.body.ended;
    if (unread) turn.body?.keep();
    // A form needs the head later, and so do outbound calls, which carry the request's trace on.
    if (unread || http || services) turn.head = turn.head.slice();
  }

  /** The reference of the event that {@link begin} made. */
  readonly eventReference = EVENT_REFERENCE;

  /** Holds an answer for the time of one entry into the guest. */
  hold(pieces: Pieces): bigint {
    return this.#buffers.hold(pieces);
  }

  /** Forgets it. */
  drop(reference: bigint): void {
    this.#buffers.drop(reference);
  }

  /** Where a message begins, when it lies in memory and is not too long. */
  #start(pointer: number, length: number): number {
    const max = this.#context.limits.messageMaxBytes;
    const start = this.#guest.check(pointer, length);
    if (length >>> 0 > max) {
      throw new MessageError("too-large", `message of ${length >>> 0} bytes; at most ${max} are allowed`);
    }
    return start;
  }

  /** One message with a session, or (`session` null) one of version 1.0.0. */
  #request(session: number | null, pointer: number, length: number): void {
    const turn = this.#turn;
    let record: MessageRecord | null = null;
    let number = session ?? 0;
    this.#inside++;
    try {
      let from = this.#start(pointer, length);
      let to = from + (length >>> 0);
      let bytes: Uint8Array = this.#guest.all;
      if (session === 0 && this.#fastSend.trySend(turn, this.#envelopes.reader, bytes, from, to)) return;
      if (this.#dialect === "json") {
        bytes = jsonToMessage(bytes.subarray(from, to));
        from = 0;
        to = bytes.length;
      }
      const { method, id } = this.#envelopes.open(bytes, from, to);
      if (session === null) number = id;
      record = recordOf(method);
      if (turn.pending >= this.#context.limits.messagesPendingMaxCount) {
        throw new MessageError("busy", `${method}: ${turn.pending} calls wait for an answer already`);
      }
      const result = dispatch(
        turn,
        record,
        this.#envelopes.reader,
        this.#emitter(turn, number),
        this.#lender,
      );
      if (result instanceof Promise) this.#later(turn, record, number, result);
      else this.#answer(turn, record, number, result);
    } catch (error) {
      this.#failed(turn, record, number, error);
    } finally {
      this.#inside--;
    }
  }

  #later(turn: Turn, record: MessageRecord, session: number, result: Promise<unknown>): void {
    turn.pending++;
    unlessAborted(result, turn.signal).then(
      (value) => this.#answer(turn, record, session, value),
      (error) => this.#failed(turn, record, session, error),
    ).catch((error) => {
      turn.failure ??= { error };
    }).finally(() => turn.settleOne());
  }

  #answer(turn: Turn, record: MessageRecord, session: number, result: unknown): void {
    if (session === 0 || record.answer !== "once") return;
    this.#deliver(turn, session, successAnswer(session, result));
  }

  #failed(turn: Turn, record: MessageRecord | null, session: number, error: unknown): void {
    if (error instanceof HttpStatusError) {
      this.#deliver(turn, session, errorWithDataAnswer(session, error.message, error.result));
      return;
    }
    if (!isTold(error)) throw error;
    if (turn.closed) return;
    noteDenied(turn, record, error);
    const message = toldMessage(error);
    if (session === 0) {
      turn.why = message;
      turn.context.log("warn", `a message without session failed: ${message}`, {
        method: record?.method ?? "",
      });
      return;
    }
    this.#deliver(turn, session, errorAnswer(session, error.code, message));
  }

  #emitter(turn: Turn, session: number): Emit {
    return (status, headers, data) =>
      this.#deliver(turn, session, successAnswer(session, { status, headers, data }));
  }

  /** Gives an answer to the guest: inside the call that it is in, or else when it has returned. */
  #deliver(turn: Turn, session: number, pieces: Pieces): number | Promise<number> {
    if (session === 0 || turn.closed || !this.#onResponse) return 0;
    this.#trace?.answer(session, pieces);
    const ready = this.#dialect === "json" ? messageToJson(pieces) : pieces;
    if (this.#inside > 0 && this.#inside < NESTED_MAX_COUNT && this.#dialect !== "berth") {
      const reference = this.#buffers.hold(ready);
      try {
        return this.#onResponse(BigInt(session), reference, piecesLength(ready));
      } finally {
        this.#buffers.drop(reference);
      }
    }
    return new Promise((returned) => turn.deliver({ session, pieces: ready, returned }));
  }

  /** One message that is answered through `take`. */
  #call(pointer: number, length: number): number | Promise<number> {
    const turn = this.#turn;
    let record: MessageRecord | null = null;
    try {
      const start = this.#start(pointer, length);
      const { method } = this.#envelopes.open(this.#guest.all, start, start + (length >>> 0));
      record = recordOf(method);
      if (record.answer === "many") {
        throw new MessageError("invalid", `${method}: it has many answers, which need mk_module_api_request`);
      }
      const result = dispatch(turn, record, this.#envelopes.reader, () => 0, this.#lender);
      if (!(result instanceof Promise)) return this.#setReply(successAnswer(0, result));
      return unlessAborted(result, turn.signal).then(
        (value) => this.#setReply(successAnswer(0, value)),
        (error) => this.#callFailed(turn, record, error),
      );
    } catch (error) {
      return this.#callFailed(turn, record, error);
    }
  }

  #callFailed(turn: Turn, record: MessageRecord | null, error: unknown): number {
    if (error instanceof HttpStatusError) {
      return this.#setReply(errorWithDataAnswer(0, error.message, error.result));
    }
    if (!isTold(error)) throw error;
    noteDenied(turn, record, error);
    if (record?.method === "response.send") turn.why = toldMessage(error);
    return this.#setReply(errorAnswer(0, error.code, toldMessage(error)));
  }

  #setReply(pieces: Pieces): number {
    this.#trace?.answer(null, pieces);
    this.#reply = pieces;
    return piecesLength(pieces);
  }

  #take(pointer: number): void {
    const reply = this.#reply;
    if (!reply) throw new GuestFault("take an answer: there is none");
    this.#reply = null;
    copyPieces(this.#guest, pointer, reply, piecesLength(reply));
  }
}
