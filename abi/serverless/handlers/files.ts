/** The few things the serverless ABI does with files: send one as an answer, store an upload. */
import { CapabilityError } from "../../../capabilities/error.ts";
import { notGranted } from "../answer.ts";
import type { Turn } from "../turn.ts";

/** A file of a mount, open for reading from its start. */
export interface GuestFileReader {
  readonly size: number;
  /** At most `max` bytes; empty at the end. */
  read(max: number): Uint8Array;
  close(): void;
}

/** A file of a mount that is being written; it is there under its name only after {@link commit}. */
export interface GuestFileWriter {
  write(bytes: Uint8Array): void;
  /** Closes it under its name. */
  commit(): void;
  /** Closes it and leaves nothing behind. */
  discard(): void;
}

/** What the files capability must offer for this; see its `files.ts`. */
export interface FileDoors {
  openForReading(guestPath: string): GuestFileReader;
  createForWriting(guestPath: string): GuestFileWriter;
}

function doors(turn: Turn): FileDoors {
  const files = turn.context.capabilities.files;
  if (!files) throw notGranted("files", "open a file");
  if (!("openForReading" in files)) {
    throw new CapabilityError("notsup", "open a file: the files capability cannot do it yet");
  }
  return files as unknown as FileDoors; // looked at just before; the capability's interface is growing
}

/** Opens a file for an answer. */
export function openGuestFile(turn: Turn, path: string): GuestFileReader {
  return doors(turn).openForReading(path);
}

/** Creates a file for an upload. */
export function createGuestFile(turn: Turn, path: string): GuestFileWriter {
  return doors(turn).createForWriting(path);
}
