/** The end of a guest by its own will. */

/** Thrown through the guest by `proc_exit`. Code 0 is a normal end. */
export class GuestExit extends Error {
  override readonly name = "GuestExit";
  /** @param code the exit code, as the guest gave it (unsigned) */
  constructor(readonly code: number) {
    super(`the guest exited with code ${code}`);
  }
}
