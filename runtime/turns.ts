/** One at a time: `new Worker` holds up the thread that makes it, so workers are not made one right after the other. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs when those before it are over, or have had their patience, and the event loop has had a turn. */
  run<T>(action: () => Promise<T>, patienceMs: number): Promise<T> {
    const before = this.#last;
    const mine = before.then(action);
    // Patience begins with the turn: counted from here, it would be over for all who wait long at the same time.
    this.#last = before.then(() => over(mine, patienceMs)).then(() => new Promise((go) => setTimeout(go, 0)));
    return mine;
  }
}

/** Resolves when a promise settles, and in any case after so long. */
function over(promise: Promise<unknown>, timeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, timeoutMs);
    const done = () => {
      clearTimeout(timer);
      resolve();
    };
    promise.then(done, done);
  });
}
