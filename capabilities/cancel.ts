/**
 * How work hears that nobody waits for it any more. An `AbortSignal` says it too, and a pair of them with their
 * listeners cost a call to another host a quarter of its computing time.
 */

/** Says once that what it belongs to is over. Every `AbortSignal` is one. */
export interface CancelSignal {
  readonly aborted: boolean;
  /** Why, once it is over. */
  readonly reason: unknown;
  /** Calls `listener` once, when it is over; never when it is already. */
  addEventListener(type: "abort", listener: () => void, options?: { readonly once: boolean }): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/** A signal and the one who gives it. */
export class Cancellation implements CancelSignal {
  aborted = false;
  reason: unknown = undefined;
  #listeners: Set<() => void> | null = null;

  addEventListener(_type: "abort", listener: () => void): void {
    if (!this.aborted) (this.#listeners ??= new Set()).add(listener);
  }

  removeEventListener(_type: "abort", listener: () => void): void {
    this.#listeners?.delete(listener);
  }

  /** Gives the signal; from the second time on it does nothing. Listeners do not throw. */
  abort(reason: unknown = undefined): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    // Whoever leaves while others are told is not told any more.
    if (this.#listeners) { for (const listener of this.#listeners) listener(); }
    this.#listeners = null;
  }
}
