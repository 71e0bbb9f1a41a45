// Calls to the host: one message out, one answer back, in straight-line code.
import { Reader, Writer } from "./msgpack";
import { hostCall, hostTake } from "./raw";

/** What a call gave: `ok`, or a code and a text for whoever runs the service. */
export class Outcome {
  /** "" when it went well. */
  code: string = "";
  message: string = "";

  get ok(): bool {
    return this.code.length == 0;
  }
}

/** Reads one member of an answer; its value must be read or skipped. */
export abstract class Answer extends Outcome {
  abstract member(name: string, reader: Reader): void;
}

/** An answer that holds nothing. */
export class Done extends Answer {
  member(_name: string, reader: Reader): void {
    reader.skip();
  }
}

/** Sends a message and fills in its answer. */
export function call<T extends Answer>(message: Writer, answer: T): T {
  const bytes = new Uint8Array(hostCall(message.pointer, message.length));
  hostTake(bytes.dataStart);
  const reader = new Reader(bytes);
  for (let left = reader.params(); left > 0; left--) {
    const key = reader.text();
    if (key == "error") readError(reader, answer);
    else if (key == "data") readMembers(reader, answer);
    else reader.skip();
  }
  return answer;
}

function readError(reader: Reader, answer: Answer): void {
  answer.code = "other";
  for (let left = reader.map(); left > 0; left--) {
    const key = reader.text();
    if (key == "code") answer.code = reader.text();
    else if (key == "message") answer.message = reader.text();
    else reader.skip();
  }
}

function readMembers(reader: Reader, answer: Answer): void {
  for (let left = reader.map(); left > 0 && !reader.failed; left--) {
    const name = reader.text();
    answer.member(name, reader);
  }
}
