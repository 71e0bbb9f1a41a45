/** Frames on their way to a worker: into the ring, or in order behind it while it is full. */
import { RequestHeadWriter } from "./head.ts";
import { TO_WORKER } from "./protocol.ts";
import { type RingMemory } from "./ring.ts";
import { RingWriter } from "./ring_writer.ts";

/** What goes to one worker. */
export class Outbox {
  readonly #ring: RingWriter;
  readonly #heads = new RequestHeadWriter();
  #backlog: (() => boolean)[] = [];

  /** @param failed told of a request that can never be written, and what the writing of its head threw */
  constructor(memory: RingMemory, private readonly failed: (request: RequestFrame, error: unknown) => void) {
    this.#ring = new RingWriter(memory);
  }

  /** Writes a frame now, or when there is room. */
  write(kind: number, flags: number, id: number, payload: Uint8Array): void {
    if (this.#backlog.length === 0 && this.#ring.write(kind, flags, id, payload)) return;
    this.#later(() => this.#ring.write(kind, flags, id, payload));
  }

  /** Writes a request with what there is of its body, now or when there is room. */
  request(request: RequestFrame, body: Uint8Array, flags: number): void {
    if (this.#backlog.length === 0 && this.#tryRequest(request, body, flags)) return;
    this.#requestLater(request, body, flags);
  }

  /** Apart from where every request comes by: closures are paid for where they could be made. */
  #requestLater(request: RequestFrame, body: Uint8Array, flags: number): void {
    this.#later(() => this.#tryRequest(request, body, flags));
  }

  #tryRequest(frame: RequestFrame, body: Uint8Array, flags: number): boolean {
    const { number, requestNumber, url, request } = frame;
    const { payloadMaxBytes, data, view } = this.#ring;
    const at = this.#ring.reserve(payloadMaxBytes);
    if (at < 0) return false;
    try {
      const end = at + payloadMaxBytes - body.length;
      const headEnd = this.#heads.write(data, at + 8, end, url, request.method, request.headers);
      if (body.length > 0) data.set(body, headEnd);
      view.setUint32(at, headEnd - at - 8, true);
      view.setUint32(at + 4, requestNumber, true);
      this.#ring.commit(TO_WORKER.REQUEST, flags, number, headEnd - at + body.length);
    } catch (error) {
      this.failed(frame, error);
    }
    return true;
  }

  #later(attempt: () => boolean): void {
    this.#backlog.push(attempt);
    this.flush();
  }

  /** Writes what waits, as far as there is room. */
  flush(): void {
    while (this.#backlog.length > 0) {
      // Before each attempt: room that comes after it has failed is told of.
      this.#ring.wantRoom();
      if (!this.#backlog[0]?.()) return;
      this.#backlog.shift();
    }
  }

  /** Wakes the worker without a frame. */
  ring(): void {
    this.#ring.ring();
  }
}

/** A request to be written. */
export interface RequestFrame {
  /** Its number in the lane. */
  readonly number: number;
  /** Its number on the host. */
  readonly requestNumber: number;
  /** Path and query below the service's base path. */
  readonly url: string;
  readonly request: Request;
}
