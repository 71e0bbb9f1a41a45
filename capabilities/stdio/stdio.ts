/** What a guest with the `stdio` capability holds. */
import type { OpenedCapability } from "../capability.ts";

/** A stream that a guest may write. */
export type StdioStream = "stdout" | "stderr";

/** What is known of the input without taking it. */
export interface InputState {
  /** Bytes that a read would give at once. */
  readonly bytes: number;
  /** Whether the input has ended: a read then gives nothing, at once. */
  readonly ended: boolean;
}

/** The guest's standard streams. For a service they are its log; for `berth run` the terminal's. */
export interface Stdio extends OpenedCapability {
  /** Takes bytes; lines go out when complete. */
  write(stream: StdioStream, bytes: Uint8Array): void;
  /** Writes out what has no line end yet; called at the end of each request. */
  flush(): void;
  /** Up to `max` bytes of input, an empty array at the end of input; a service has none. Waits when it must. */
  read(max: number): Uint8Array;
  /** What a read would find now. */
  inputState(): InputState;
  /** Resolves when {@link inputState} has something to tell, at the latest after `timeoutMs`. */
  inputReady(timeoutMs: number): Promise<void>;
  /** Whether a descriptor (0, 1, 2) is a terminal. */
  isTerminal(descriptor: number): boolean;
  /** The same streams with line buffers of their own, for one instance among several; limits stay joint. */
  session(): Stdio;
}
