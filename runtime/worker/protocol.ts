/**
 * What the host and a worker say to each other. Everything but the first message goes through two rings, so that a
 * worker may sleep in `Atomics.wait` and still be reached. The frames:
 *
 * | host → worker | flags | payload |
 * |---|---|---|
 * | REQUEST | ENDED when the body is complete; {@link requestMark} | u32 bytes of head, u32 number of the request, head (MessagePack `[url, method, headers]`), body |
 * | BODY | ENDED | a piece of the body |
 * | CREDIT | – | u32: the client took so many bytes of the answer |
 * | CANCEL | – | – : the client has gone |
 * | CONTROL | – | JSON {@link Control} |
 * | REPLY | ENDED when it is whole | u32 bytes of head, head (JSON {@link ReplyFrameHead}), body; its id is the call's |
 * | REPLY_PIECE | ENDED | a piece of the reply's body |
 *
 * | worker → host | flags | payload |
 * |---|---|---|
 * | ANSWER | ENDED when whole, COLLECT when pieces of a known sum follow | u16 status, u16 header count, u32 header bytes, headers, body (with COLLECT: u32 the sum) |
 * | PIECE | ENDED | a piece of the answer's body |
 * | PULL | – | u32: the guest has room for so many bytes of the body |
 * | FAILED | – | JSON {@link GuestFailure} |
 * | LOG | – | JSON `LogLine` |
 * | DENIED | – | JSON {@link Denial} |
 * | STATE | – | JSON {@link WorkerState} |
 * | CALL | ENDED when it is whole | u32 bytes of head, head (JSON {@link CallFrameHead}), body; its id is the call's |
 * | CALL_PIECE | ENDED | a piece of the call's body |
 * | CALL_CANCEL | – | – |
 *
 * A request ends with the ANSWER or PIECE that is ENDED, or with FAILED. The answers' ring keeps the worker's CPU
 * milliseconds in its tally.
 */
import type { CapabilityName, HostCall, ServicePlace } from "../../capabilities/capability.ts";
import type { Fakes } from "../../capabilities/fake.ts";
import type { CapabilityErrorCode } from "../../capabilities/error.ts";
import type { Grants } from "../../capabilities/grants.ts";
import type { RequestEvent, ServiceFacts } from "../../abi/abi.ts";
import type { Limits } from "../limits.ts";
import { type RingMemory } from "./ring.ts";
import type { Reset } from "./state.ts";

/** Frames from the host to a worker. */
export const TO_WORKER = {
  REQUEST: 1,
  BODY: 2,
  CREDIT: 3,
  CANCEL: 4,
  CONTROL: 5,
  REPLY: 6,
  REPLY_PIECE: 7,
} as const;

/** Frames from a worker to the host. */
export const TO_HOST = {
  ANSWER: 1,
  PIECE: 2,
  PULL: 3,
  FAILED: 4,
  LOG: 5,
  DENIED: 6,
  STATE: 7,
  CALL: 8,
  CALL_PIECE: 9,
  CALL_CANCEL: 10,
} as const;

/** Flag: nothing of this body follows. */
export const ENDED = 1;

/** Flag of an answer: its pieces follow before any other frame and are to be put together; their sum comes first. */
export const COLLECT = 2;

/** What a request can be to its guest, by the number in its mark. */
const EVENTS = [undefined, "websocket.open", "websocket.message", "websocket.close"] as const;

/** What a request is besides: how deep in calls between services, and which event when it is no request of HTTP. */
export function requestMark(depth: number, event?: RequestEvent): number {
  return (depth << 4) | (EVENTS.indexOf(event) << 2);
}

/** The depth in a request's flags. */
export const markDepth = (flags: number): number => flags >> 4;

/** The event in a request's flags. */
export const markEvent = (flags: number): RequestEvent | undefined => EVENTS[(flags >> 2) & 3];

/** The head of a call: something that a worker asks of its host. */
export interface CallFrameHead {
  readonly kind: HostCall["kind"];
  /** Of the request that it belongs to. */
  readonly depth: number;
  /** Bytes of the body, all pieces together. */
  readonly bytes: number;
  readonly head: unknown;
}

/** The head of a reply. */
export type ReplyFrameHead =
  | { readonly head: unknown; readonly bytes: number }
  | { readonly code: CapabilityErrorCode; readonly message: string; readonly manifestLine: string };

/** Bytes of the answers' ring: the memory of an idle service counts, a frame holds a quarter of it. */
export const RING_BYTES: number = 256 << 10;

/** Bytes of the requests' ring: bodies up to 64 KiB travel with their head. */
export const REQUEST_RING_BYTES: number = 512 << 10;

/** How much of a streamed body may be on its way before the other side has taken it. */
export const STREAM_WINDOW_BYTES: number = 512 << 10;

/** Pieces of bodies are cut to this size. */
export const PIECE_MAX_BYTES: number = 32 << 10;

/** Orders that concern the whole worker. */
export type Control =
  | { readonly kind: "stop" }
  | { readonly kind: "trace"; readonly on: boolean };

/** How a request failed in the worker. */
export type FailureCode =
  | "trap" // the guest trapped
  | "wall-limit"
  | "cpu-limit"
  | "exit" // the guest ended itself before it answered
  | "no-answer" // it returned with nothing pending and nothing sent
  | "bad-answer" // what it sent is no valid answer
  | "body-too-large" // the request's body passed the limit while it came
  | "answer-too-large"
  | "aborted"
  | "internal"; // a bug of Berth's

/** A failed request, for the operator; the caller sees only the code. */
export interface GuestFailure {
  readonly code: FailureCode;
  readonly message: string;
  /** The backtrace, wasm function names included. */
  readonly stack: string;
}

/** A refused capability: so many refusals, the last of which is told. */
export interface Denial {
  readonly capability: CapabilityName;
  readonly attempt: string;
  readonly manifestLine: string;
  readonly requestId: string;
  readonly count: number;
}

/** The first message, posted when the worker is made. */
export interface Boot {
  /** Prepared. */
  readonly module: WebAssembly.Module;
  /** The shared memory of the interrupt word. */
  readonly interrupt: WebAssembly.Memory;
  readonly state: "fresh" | "shared";
  /** A request's id is this, a dash and its number in base 36. */
  readonly requestPrefix: string;
  readonly requests: RingMemory;
  readonly answers: RingMemory;
  readonly grants: Grants;
  readonly config: Readonly<Record<string, string>>;
  /** The granted ones only. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly place: ServicePlace;
  readonly limits: Limits;
  readonly facts: ServiceFacts;
  readonly trace: boolean;
  /** What stands in place of the world, for a service under test. */
  readonly fakes?: Fakes;
}

/** The id of a request, as in logs and answers. */
export const requestIdOf = (prefix: string, number: number): string => `${prefix}-${number.toString(36)}`;

/** What the worker says of itself: its answer to {@link Boot}, and that it has ended. */
export type WorkerState =
  | { readonly kind: "stopped" }
  | { readonly kind: "ready"; readonly convention: string; readonly startMs: number; readonly reset: Reset }
  | { readonly kind: "failed"; readonly failure: GuestFailure };
