/** The end of a guest by its own will. */

/** Thrown through the guest by `proc_exit`. Code 0 is a normal end. */
export class GuestExit extends Error {
  override readonly name = "GuestExit";
  /** @param code the exit code, as the guest gave it (unsigned) */
  constructor(readonly code: number) {
    super(`the guest exited with code ${code}`);
  }
}

/** Runs a guest's code, now or over time; its own exit with code 0 is a return. */
export function endedWell(run: () => unknown): void | Promise<void> {
  const check = (error: unknown): void => {
    if (!(error instanceof GuestExit) || error.code !== 0) throw error;
  };
  try {
    const returned = run();
    if (returned instanceof Promise) return returned.then(() => {}, check);
  } catch (error) {
    check(error);
  }
}
