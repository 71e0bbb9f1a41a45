/** What the worker tells the host beside answers: logs, denials, failures. */
import type { RingWriter } from "./ring_writer.ts";

const encoder = new TextEncoder();

/** Sends a value as a frame of JSON; waits for room where there is none. */
export function sendJson(writer: RingWriter, kind: number, id: number, value: unknown): void {
  let bytes = encoder.encode(JSON.stringify(value));
  if (bytes.length > writer.payloadMaxBytes) {
    // Only a log line's fields or a backtrace can be that long.
    const short = { ...value as object, fields: undefined, stack: "", message: "(too long to keep)" };
    bytes = encoder.encode(JSON.stringify(short));
  }
  while (!writer.write(kind, 0, id, bytes)) writer.waitForRoom(100);
}
