/** What a guest with the `stdio` capability holds. */
import type { OpenedCapability } from "../capability.ts";

/** A stream that a guest may write. */
export type StdioStream = "stdout" | "stderr";

/** The guest's standard streams. For a service they are its log; for `berth run` the terminal's. */
export interface Stdio extends OpenedCapability {
  /** Takes bytes; lines go out when complete. */
  write(stream: StdioStream, bytes: Uint8Array): void;
  /** Writes out what has no line end yet; called at the end of each request. */
  flush(): void;
  /** Up to `max` bytes of input, an empty array at the end of input; a service has none. */
  read(max: number): Uint8Array | Promise<Uint8Array>;
  /** Whether a descriptor (0, 1, 2) is a terminal. */
  isTerminal(descriptor: number): boolean;
}
