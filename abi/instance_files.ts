/** The files of one instance: one view for all of its ABIs, so that what one of them writes another one reads. */
import type { FilesSession } from "../capabilities/files/files.ts";
import type { GuestContext, GuestStart } from "./abi.ts";

/**
 * What an ABI holds of them. Where several ABIs share one session its owner puts it back and closes it; an ABI that was
 * given none opens its own.
 */
export class InstanceFiles {
  /** The mounts; `undefined` when `files` is not granted. */
  readonly session: FilesSession | undefined;
  readonly #own: FilesSession | undefined;

  constructor(context: GuestContext, start: GuestStart) {
    this.#own = start.files ? undefined : context.capabilities.files?.session();
    this.session = start.files ?? this.#own;
  }

  /** See `AbiInstance.snapshot`. */
  snapshot(): void {
    this.#own?.snapshot();
  }

  /** See `AbiInstance.restore`. */
  restore(): void {
    this.#own?.restore();
  }

  /** See `AbiInstance.close`. */
  close(): void {
    this.#own?.close();
  }
}
