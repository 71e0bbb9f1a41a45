/** What a handler of a message is. */
import type { MaybePromise } from "../maybe.ts";
import type { Method, Parameters, Result } from "../table/messages.ts";
import type { Turn } from "../turn.ts";

/** One callback of a message answered many times; gives the guest's return value. */
export type Emit = (
  status: number,
  headers: Readonly<Record<string, string>>,
  data: string,
) => MaybePromise<number>;

/** The host buffers a handler may lend to the guest for the time of a callback. */
export interface Lender {
  /** Lends a writable buffer; gives its reference. */
  lend(buffer: Uint8Array): bigint;
  /** Takes it back. */
  takeBack(reference: bigint): void;
}

/** The result as a handler gives it: mimik's callback form may hold raw text instead of a string. */
export type Given<M extends Method> = { readonly [K in keyof Result<M>]: unknown };

/**
 * Carries out one message. Views of guest memory among the parameters hold until it returns or enters the
 * guest. Throws (or rejects with) `CapabilityError` or `MessageError`: the guest is told.
 */
export type Handler<M extends Method> = (
  turn: Turn,
  parameters: Parameters<M>,
  emit: Emit,
  lender: Lender,
) => MaybePromise<Given<M> | void>;

/** Handlers by method. */
export type Handlers<M extends Method> = { readonly [K in M]: Handler<K> };
