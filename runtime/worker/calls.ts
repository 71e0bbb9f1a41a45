/** The host's end of what a worker asks of it; see `host_line.ts` for the other one. */
import type { HostCall, HostReply } from "../../capabilities/capability.ts";
import { CapabilityError } from "../../capabilities/error.ts";
import type { Limits } from "../limits.ts";
import { Gathered, readHead, type WriteFrame, writeWhole } from "./call_frames.ts";
import { type CallFrameHead, ENDED, type ReplyFrameHead, TO_HOST, TO_WORKER } from "./protocol.ts";
import { type Frame } from "./ring.ts";

const REPLY = [TO_WORKER.REPLY, TO_WORKER.REPLY_PIECE] as const;
const NOTHING = new Uint8Array(0);

/** A call as the host carries it out. */
export interface WorkerCall {
  readonly kind: HostCall["kind"];
  /** How deep in calls between services the calling request is; guests cannot set it. */
  readonly depth: number;
  readonly head: unknown;
  readonly body: Uint8Array<ArrayBuffer>;
  /** Aborts when the calling request has ended, or its worker. */
  readonly signal: AbortSignal;
}

/** Carries a call out; rejects with a `CapabilityError` for the guest. */
export type CarryOut = (call: WorkerCall) => HostReply | Promise<HostReply>;

/** Who carries calls out. */
export interface CallsOwner {
  readonly carryOut: CarryOut;
  /** Told of what is no `CapabilityError`: a fault of ours. */
  fault(error: unknown): void;
}

interface Open {
  readonly head: CallFrameHead;
  readonly gathered: Gathered;
  readonly abort: AbortController;
}

/** The calls of one worker that are under way. */
export class WorkerCalls {
  readonly #open = new Map<number, Open>();
  /** The call whose body is still coming: a worker writes one after the other, whole. */
  #coming: number | null = null;
  readonly #bodyMaxBytes: number;

  constructor(
    private readonly write: (kind: number, flags: number, id: number, payload: Uint8Array) => void,
    limits: Pick<Limits, "serviceCallMaxBytes" | "websocketMessageMaxBytes">,
    private readonly owner: CallsOwner,
  ) {
    this.#bodyMaxBytes = Math.max(limits.serviceCallMaxBytes, limits.websocketMessageMaxBytes);
  }

  /** Takes a frame of a call. Throws at what our own code does not write: the worker is not itself any more. */
  take(frame: Frame): void {
    const { kind, flags, id, data, start, end } = frame;
    if (kind === TO_HOST.CALL_CANCEL) return this.#cancel(id);
    if (kind === TO_HOST.CALL) this.#begin(id, frame);
    else if (kind !== TO_HOST.CALL_PIECE) throw new RangeError(`a frame of kind ${kind} came from a worker`);
    else if (this.#coming === id) this.#open.get(id)?.gathered.add(data.subarray(start, end));
    if (this.#coming !== id || (flags & ENDED) === 0) return;
    this.#coming = null;
    this.#run(id);
  }

  #begin(id: number, frame: Frame): void {
    const { head, body } = readHead(frame);
    const call = checkedHead(head);
    if (this.#coming !== null || this.#open.has(id)) {
      throw new RangeError("a worker began a call before the one before it was whole");
    }
    if (call.bytes > this.#bodyMaxBytes) {
      return this.#refuse(id, new CapabilityError("too-large", "ask the host: the body is too long"));
    }
    const gathered = new Gathered(call.bytes);
    gathered.add(body);
    this.#open.set(id, { head: call, gathered, abort: new AbortController() });
    this.#coming = id;
  }

  #cancel(id: number): void {
    if (this.#coming === id) this.#coming = null;
    const open = this.#open.get(id);
    this.#open.delete(id);
    open?.abort.abort();
  }

  #run(id: number): void {
    const open = this.#open.get(id);
    if (!open) return;
    const { kind, depth, head } = open.head;
    const call: WorkerCall = { kind, depth, head, body: open.gathered.body, signal: open.abort.signal };
    // Carried out at once, so that what a guest sends in a row stays in a row.
    new Promise<HostReply>((resolve) => resolve(this.owner.carryOut(call))).then(
      (reply) => this.#reply(id, reply),
      (error) => this.#refuse(id, error),
    );
  }

  #reply(id: number, { head, body }: HostReply): void {
    if (!this.#open.delete(id)) return; // nobody waits any more
    if (writeWhole(this.#writer(id), REPLY, { head, bytes: body.length } satisfies ReplyFrameHead, body)) {
      return;
    }
    this.#fail(id, new CapabilityError("too-large", "ask the host: the reply's head is too long"));
  }

  #refuse(id: number, error: unknown): void {
    this.#cancel(id);
    if (error instanceof CapabilityError) return this.#fail(id, error);
    this.owner.fault(error);
    this.#fail(id, new CapabilityError("io", "the host could not carry out what was asked"));
  }

  #fail(id: number, { code, message, manifestLine }: CapabilityError): void {
    const head = { code, message: message.slice(0, 2000), manifestLine: manifestLine.slice(0, 2000) };
    writeWhole(this.#writer(id), REPLY, head satisfies ReplyFrameHead, NOTHING);
  }

  #writer(id: number): WriteFrame {
    return (kind, flags, payload) => this.write(kind, flags, id, payload);
  }

  /** The worker has ended: gives everything up. */
  close(): void {
    for (const id of [...this.#open.keys()]) this.#cancel(id);
  }
}

const KINDS: readonly unknown[] = ["service", "websocket", "link"] satisfies readonly HostCall["kind"][];
const isCount = (value: unknown) => Number.isSafeInteger(value) && Number(value) >= 0;

/** The head, if it is one; what is in its own `head` is for whoever carries the call out. */
function checkedHead(head: unknown): CallFrameHead {
  const { kind, depth, bytes } = Object(head);
  if (!KINDS.includes(kind) || !isCount(depth) || !isCount(bytes)) {
    throw new RangeError("the head of a worker's call is none");
  }
  return head as CallFrameHead; // as was just seen
}
