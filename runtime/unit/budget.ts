/** What reading one upload may still cost; shared by an archive and the archives inside it. */
import type { Limits } from "../limits.ts";
import { shown, unitError } from "./errors.ts";

/** The limits that bound the reading of an image. */
export type UnitLimits = Pick<
  Limits,
  "tarMaxBytes" | "tarEntriesMaxCount" | "moduleMaxBytes" | "manifestMaxBytes"
>;

/** Counts down; throws before the thing that would go past a limit is done. */
export class Budget {
  readonly limits: UnitLimits;
  #received = 0;
  #unpacked = 0;
  #entries = 0;

  constructor(limits: UnitLimits) {
    this.limits = limits;
  }

  /** What has arrived so far. */
  get receivedBytes(): number {
    return this.#received;
  }

  /** Bytes arrived, as they came. */
  receive(bytes: number): void {
    this.#received += bytes;
    if (this.#received > this.limits.tarMaxBytes) throw this.#tooLarge("is larger than");
  }

  /** Bytes came out of the archive or its decompression. Nested archives count again: they take room again. */
  unpack(bytes: number): void {
    this.#unpacked += bytes;
    if (this.#unpacked > this.limits.tarMaxBytes) throw this.#tooLarge("unpacks to more than");
  }

  /** Whether `bytes` more could be unpacked: asked as soon as a header announces them. */
  announce(entry: string, bytes: number): void {
    if (bytes > this.limits.tarMaxBytes) throw this.#tooLarge(`has an entry ${shown(entry)} larger than`);
  }

  /** One more header, of whatever kind. */
  entry(): void {
    if (++this.#entries <= this.limits.tarEntriesMaxCount) return;
    throw unitError(
      "tar-too-many-entries",
      `the archive has more than the ${this.limits.tarEntriesMaxCount} entries allowed (tarEntriesMaxCount)`,
      { limit: "tarEntriesMaxCount", value: this.limits.tarEntriesMaxCount },
    );
  }

  #tooLarge(what: string): Error {
    const value = this.limits.tarMaxBytes;
    return unitError("tar-too-large", `the archive ${what} the ${value} bytes allowed (tarMaxBytes)`, {
      limit: "tarMaxBytes",
      value,
    });
  }
}
