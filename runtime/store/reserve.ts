/** Room kept free, so that something can still be removed when the disk is full: a removal has to be recorded too. */
import { BerthError } from "../error.ts";
import { unitError } from "../unit/errors.ts";
import { exists, removeTree, writeNew } from "./files.ts";

/** A removal writes a few pages of four kilobytes to the database's log. */
const RESERVE_BYTES = 512 << 10;

/** A file of zeros beside the database. */
export class Reserve {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
    this.#fill();
  }

  /** Runs something that frees room; when the disk is full, again with the reserve given up for it. */
  freeing<T>(run: () => T): T {
    try {
      return run();
    } catch (error) {
      if (!(error instanceof BerthError) || error.code !== "disk-full" || !exists(this.#file)) throw error;
      removeTree(this.#file);
      return run();
    } finally {
      this.#fill();
    }
  }

  /**
   * Sees to it that the room is kept before something is added: what a removal freed belongs to the reserve first.
   * Throws `disk-full`.
   */
  claim(attempt: string): void {
    this.#fill();
    if (!exists(this.#file)) {
      throw unitError("disk-full", `${attempt}: what is left on the device is kept for removals`);
    }
  }

  #fill(): void {
    if (exists(this.#file)) return;
    try {
      writeNew(this.#file, new Uint8Array(RESERVE_BYTES));
    } catch {
      removeTree(this.#file); // no room for it now; the next removal tries again
    }
  }
}
