/** One connection that speaks HTTP/1.1: a request out, its answer's head and body in, one after the other. */
import { CapabilityError } from "../error.ts";
import {
  type AnswerHead,
  headEnd,
  type HeadLimits,
  headMaxBytes,
  headTooLarge,
  notHttp,
  parseHead,
} from "./answer_head.ts";
import { type Framing, framingOf } from "./framing.ts";
import type { Wire } from "./wire.ts";

/** What a connection holds between requests, and reads heads and small bodies into. */
const BUFFER_BYTES = 4096;
/** What is read at once of larger bodies. */
const READ_BYTES = 64 << 10;

/** Bounds of an answer. */
export interface AnswerLimits extends HeadLimits {
  readonly egressResponseMaxBytes: number;
}

/** See the file's comment. */
export class Connection {
  #buffer = new Uint8Array(BUFFER_BYTES);
  #from = 0;
  #to = 0;
  /** The read that was begun while nothing was asked for; it serves the next answer. */
  #watched: Promise<boolean> | null = null;
  #framing: Framing | null = null;
  #keepAlive = false;
  #closed = false;
  /** Between requests. */
  #kept = false;
  /** Whether the request is out, to its last byte. */
  #sent = false;
  #answered = false;
  /** Whether another request was sent over it before. */
  reused = false;
  /** Until when (`performance.now()`) it is kept without a request. */
  keptUntilMs = 0;

  /**
   * @param place where it leads: only requests for just this are sent over it
   * @param onClose called once
   */
  constructor(private readonly wire: Wire, readonly place: string, private readonly onClose: () => void) {}

  /** Whether it was closed, by either side. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Breaks it off; whoever reads or writes fails. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    try {
      this.wire.close();
    } catch {
      // Deno closes a connection by itself after some errors.
    }
    this.onClose();
  }

  // The request

  /**
   * Sends a part of the request; false when the connection took no more, which its answer then explains.
   * @param last whether the request is complete with it
   */
  async send(bytes: Uint8Array, last: boolean): Promise<boolean> {
    try {
      for (let at = 0; at < bytes.length;) {
        at += await this.wire.write(at === 0 ? bytes : bytes.subarray(at));
      }
      this.#sent = last;
      return true;
    } catch {
      return false;
    }
  }

  // The answer

  /**
   * Reads the head of the answer.
   * @throws {CapabilityError} `unreachable` or `too-large`; else what the wire gave
   */
  async head(method: string, limits: AnswerLimits): Promise<AnswerHead> {
    let leftBytes = headMaxBytes(limits);
    for (let seen = this.#from;;) {
      const end = headEnd(this.#buffer, this.#from, seen, this.#to);
      const length = (end < 0 ? this.#to : end) - this.#from;
      if (length > leftBytes) throw headTooLarge(limits);
      if (end < 0) {
        if (!await this.#more()) throw endedEarly();
        seen = this.#from + length;
        continue;
      }
      const head = parseHead(latin1(this.#buffer.subarray(this.#from, end)), method, limits);
      this.#from = seen = end;
      leftBytes -= length;
      if (head.status === 101) throw new CapabilityError("unreachable", "the answer is in another protocol");
      // 1xx says that the answer is still to come.
      if (head.status < 200) continue;
      this.#framing = framingOf(head.length, limits.egressHeadersMaxBytes);
      this.#keepAlive = head.keepAlive;
      if (head.length === "close") this.wire.untilClose?.(limits.egressResponseMaxBytes);
      return head;
    }
  }

  /** Whether even a byte of an answer has come. */
  get answered(): boolean {
    return this.#answered;
  }

  /** Whether the body is over. */
  get bodyEnded(): boolean {
    return this.#framing === null || this.#framing.ended;
  }

  /** The next piece of the body that is here already; `null` when more must be read. A view until the next call. */
  pieceHere(): Uint8Array | null {
    const framing = this.#framing;
    if (!framing || framing.ended || this.#from === this.#to) return null;
    this.#from = framing.take(this.#buffer, this.#from, this.#to);
    const { payloadFrom, payloadTo } = framing;
    return payloadTo > payloadFrom ? this.#buffer.subarray(payloadFrom, payloadTo) : null;
  }

  /** The next piece of the body, of its own memory; `null` at its end. */
  async piece(): Promise<Uint8Array | null> {
    const framing = this.#framing;
    if (!framing) return null;
    for (;;) {
      const here = this.pieceHere();
      if (here) return here.slice();
      if (framing.ended) return null;
      if (framing.ahead >= BUFFER_BYTES) {
        const piece = await this.#readPast(framing);
        if (piece) return piece;
      } else if (!await this.#more()) framing.close();
    }
  }

  /** Reads payload where it will stay, and not by way of the buffer. */
  async #readPast(framing: Framing): Promise<Uint8Array | null> {
    const into = new Uint8Array(Math.min(READ_BYTES, framing.ahead));
    const count = await this.wire.read(into);
    if (count === null) {
      framing.close();
      return null;
    }
    framing.passed(count);
    return count === into.length
      ? into
      : count < into.length / 4
      ? into.slice(0, count)
      : into.subarray(0, count);
  }

  // Between requests

  /** Whether another request may be sent: the last one and its answer are complete, to the byte. */
  get reusable(): boolean {
    return !this.#closed && this.#keepAlive && this.#sent && this.bodyEnded && this.#from === this.#to;
  }

  /**
   * Makes it ready for another request, and watches it: bytes that nobody asked for, or its end, close it.
   * @param onLost called when that happens
   */
  keep(onLost: () => void): void {
    this.#framing = null;
    this.#from = this.#to = 0;
    if (this.#buffer.length > BUFFER_BYTES) this.#buffer = new Uint8Array(BUFFER_BYTES);
    this.reused = this.#kept = true;
    this.#answered = false;
    // The read that notices this is the one that the next answer comes in by.
    const watched = this.#watched = this.#read();
    const lost = () => {
      if (this.#kept) onLost();
    };
    watched.then(lost, lost);
  }

  /** A request takes it; false when bytes that nobody asked for have come just now. */
  take(): boolean {
    this.#kept = this.#sent = this.#keepAlive = false;
    return !this.#answered;
  }

  /** Reads more into the buffer; false at the end of the connection. */
  #more(): Promise<boolean> {
    const watched = this.#watched;
    if (!watched) return this.#read();
    this.#watched = null;
    return watched;
  }

  async #read(): Promise<boolean> {
    this.#makeRoom();
    const count = await this.wire.read(this.#to === 0 ? this.#buffer : this.#buffer.subarray(this.#to));
    if (count === null) return false;
    if (count === 0) throw notHttp("nothing came of a read");
    this.#to += count;
    return this.#answered = true;
  }

  #makeRoom(): void {
    if (this.#from === this.#to) this.#from = this.#to = 0;
    if (this.#to < this.#buffer.length) return;
    if (this.#from > 0) this.#buffer.copyWithin(0, this.#from, this.#to);
    else {
      const larger = new Uint8Array(this.#buffer.length * 2);
      larger.set(this.#buffer);
      this.#buffer = larger;
    }
    this.#to -= this.#from;
    this.#from = 0;
  }
}

function endedEarly(): Error {
  return Object.assign(new Error("the connection ended before an answer came"), { code: "ECONNRESET" });
}

const decoder = new TextDecoder();

/** Each byte as the character of the same number. A decoder knows no such encoding, but the same for ASCII. */
function latin1(bytes: Uint8Array): string {
  let at = 0;
  while (at < bytes.length && (bytes[at] ?? 0) < 128) at++;
  if (at === bytes.length) return decoder.decode(bytes);
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}
