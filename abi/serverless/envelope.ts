/** Opens the envelope of a message: `{jsonrpc, id, method, params}` in any order. */
import { MessageError } from "./error.ts";
import { Reader } from "./msgpack/reader.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);
const METHOD = utf8("method");
const PARAMS = utf8("params");
const ID = utf8("id");
const SEND = utf8("response.send");
const NIL = Uint8Array.of(0xc0);

/** What was found; the reader stands at the parameters. */
export interface Envelope {
  readonly method: string;
  readonly id: number;
}

/** Opens messages; one for each nesting of messages, reused. */
export class EnvelopeReader {
  readonly reader: Reader;

  constructor(depthMax: number) {
    this.reader = new Reader(depthMax);
  }

  /**
   * Reads the envelope of the message at `start` … `end` and goes to its parameters. The whole message is
   * looked at, so that one that is cut off is refused before anything of it is carried out.
   */
  open(bytes: Uint8Array, start: number, end: number): Envelope {
    const reader = this.reader.open(bytes, start, end);
    let method = "";
    let id = 0;
    let parametersAt = -1;
    for (let left = reader.map(); left > 0; left--) {
      reader.range();
      if (reader.rangeIs(PARAMS)) {
        parametersAt = reader.at;
        reader.skip(1);
      } else if (reader.rangeIs(METHOD)) {
        reader.range();
        method = reader.rangeIs(SEND) ? "response.send" : reader.rangeText();
      } else if (reader.rangeIs(ID)) {
        if (!reader.nil()) id = reader.int();
      } else reader.skip(1);
    }
    if (reader.at !== end) {
      throw new MessageError("invalid", `message is followed by ${end - reader.at} bytes`);
    }
    if (method === "") throw new MessageError("invalid", `message has no "method"`);
    if (parametersAt < 0) reader.open(NIL, 0, 1);
    else reader.at = parametersAt;
    return { method, id };
  }
}
