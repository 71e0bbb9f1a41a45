/** The worker's end of its calls to the host; see `calls.ts` for the other one. */
import type { HostCall, HostReply } from "../../capabilities/capability.ts";
import { CapabilityError } from "../../capabilities/error.ts";
import { Gathered, readHead, writeWhole } from "./call_frames.ts";
import { type CallFrameHead, ENDED, type ReplyFrameHead, TO_HOST, TO_WORKER } from "./protocol.ts";
import { type Frame } from "./ring.ts";
import { type RingWriter } from "./ring_writer.ts";

const NOTHING = new Uint8Array(0);
const CALL = [TO_HOST.CALL, TO_HOST.CALL_PIECE] as const;

interface Pending {
  readonly resolve: (reply: HostReply) => void;
  readonly reject: (error: CapabilityError) => void;
  /** No more of the signal. */
  readonly forget: () => void;
  reply: { readonly head: unknown; readonly gathered: Gathered } | null;
}

/** The calls of one worker. */
export class HostLine {
  readonly #pending = new Map<number, Pending>();
  #next = 1;

  /** @param depth how deep in calls between services the request is whose guest runs now */
  constructor(private readonly writer: RingWriter, private readonly depth: () => number) {}

  /** Asks the host; rejects with a `CapabilityError`. */
  readonly call = ({ kind, head, body, signal }: HostCall): Promise<HostReply> => {
    if (signal?.aborted) return Promise.reject(aborted());
    const id = this.#next;
    this.#next = id % 0x7fff_ffff + 1;
    const frameHead: CallFrameHead = { kind, depth: this.depth(), bytes: body.length, head };
    // The host's thread always reads on and never waits for this one: blocking here ends.
    const write = (frame: number, flags: number, payload: Uint8Array) => {
      while (!this.writer.write(frame, flags, id, payload)) this.writer.waitForRoom(100);
    };
    if (!writeWhole(write, CALL, frameHead, body)) {
      return Promise.reject(new CapabilityError("too-large", "ask the host: names and headers are too long"));
    }
    return new Promise((resolve, reject) => {
      const abort = () => {
        this.#settle(id)?.reject(aborted());
        write(TO_HOST.CALL_CANCEL, 0, NOTHING);
      };
      signal?.addEventListener("abort", abort, { once: true });
      const forget = () => signal?.removeEventListener("abort", abort);
      this.#pending.set(id, { resolve, reject, forget, reply: null });
    });
  };

  #settle(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    pending?.forget();
    return pending;
  }

  /** Takes a frame of a reply. */
  take(frame: Frame): void {
    const { kind, flags, id, data, start, end } = frame;
    const pending = this.#pending.get(id);
    if (!pending) return; // given up
    if (kind === TO_WORKER.REPLY) this.#begin(id, pending, frame);
    else pending.reply?.gathered.add(data.subarray(start, end));
    if ((flags & ENDED) === 0 || !pending.reply) return;
    const { head, gathered } = pending.reply;
    this.#settle(id)?.resolve({ head, body: gathered.body });
  }

  #begin(id: number, pending: Pending, frame: Frame): void {
    const { head, body } = readHead(frame);
    const reply = head as ReplyFrameHead; // written by the host
    if ("code" in reply) {
      this.#settle(id)?.reject(new CapabilityError(reply.code, reply.message, reply.manifestLine));
      return;
    }
    pending.reply = { head: reply.head, gathered: new Gathered(reply.bytes) };
    pending.reply.gathered.add(body);
  }
}

const aborted = () => new CapabilityError("aborted", "the request has ended, or its client has left");
