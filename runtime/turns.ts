/** One at a time: `new Worker` holds up the thread that makes it, so workers are not made one right after the other. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs when those before it are over, or have had `patienceMs`, and the event loop has had a turn. */
  run<T>(action: () => Promise<T>, patienceMs: number): Promise<T> {
    const mine = this.#last.then(action);
    const patience = new Promise((resolve) => {
      const timer = setTimeout(resolve, patienceMs);
      mine.finally(() => clearTimeout(timer)).then(resolve, resolve);
    });
    this.#last = patience.then(() => new Promise((resolve) => setTimeout(resolve, 0)));
    return mine;
  }
}
