/** Host directories kept open by what they are. */
import fs from "node:fs";
import { CapabilityError } from "../error.ts";
import { onHost } from "./host_error.ts";
import type { Held } from "./tree.ts";

/** Linux's O_PATH: a descriptor that only names a directory; it needs no permission to read it. */
const O_PATH = Deno.build.os === "linux" ? 0o10000000 : 0;

/**
 * A directory with its identity (device and inode), checked before each use of its path.
 *
 * The open descriptor keeps the inode from being given to another directory, so equal identity means the same
 * directory, wherever the path leads through by now: renaming it away and planting a link does not help.
 */
export class HeldDirectory implements Held<string> {
  readonly #replaceable: boolean;
  readonly #onClose: (held: HeldDirectory) => void;
  readonly #device: number;
  readonly #inode: number;
  #descriptor: number;
  #path: string;

  /**
   * @param replaceable for the top of a mount: its owner may make it anew or move it, and the guest cannot touch
   *   its name, so whatever stands at the path is it
   */
  constructor(path: string, replaceable: boolean, onClose: (held: HeldDirectory) => void) {
    this.#path = path;
    this.#replaceable = replaceable;
    this.#onClose = onClose;
    const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = fs.constants;
    this.#descriptor = onHost(() => fs.openSync(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_PATH));
    const stat = fs.fstatSync(this.#descriptor);
    this.#device = stat.dev;
    this.#inode = stat.ino;
  }

  /** Where it was last known to be. */
  get path(): string {
    return this.#path;
  }

  node(): string {
    if (this.#replaceable) return this.#path;
    const info = onHost(() => Deno.lstatSync(this.#path));
    if (info.ino === this.#inode && info.dev === this.#device) return this.#path;
    throw new CapabilityError("noent", "the folder is no longer where it was opened");
  }

  /** The guest renamed a directory: follow it. */
  moved(from: string, to: string): void {
    if (this.#path === from) this.#path = to;
    else if (this.#path.startsWith(`${from}/`)) this.#path = to + this.#path.slice(from.length);
  }

  close(): void {
    if (this.#descriptor < 0) return;
    this.#onClose(this);
    fs.closeSync(this.#descriptor);
    this.#descriptor = -1;
  }
}
