/** Version 1.0.0 speaks JSON: its messages are turned into MessagePack at the door and back. */
import { MessageError } from "./error.ts";
import type { Pieces } from "./buffers.ts";
import { Reader } from "./msgpack/reader.ts";
import { encode } from "./msgpack/writer.ts";
import { joinPieces } from "../pieces.ts";

/** Our own messages nest less deep than this. */
const DEPTH_MAX = 16;

/** A message of the guest as MessagePack. Throws `invalid` where it is no JSON text. */
export function jsonToMessage(text: Uint8Array): Uint8Array {
  try {
    return encode(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(text)));
  } catch {
    throw new MessageError("invalid", "message is no JSON text, or nests too deep");
  }
}

/** A message to the guest as JSON text; text that is not UTF-8 has its bad parts replaced. */
export function messageToJson(pieces: Pieces): Pieces {
  const bytes = joinPieces(pieces);
  const value = new Reader(DEPTH_MAX, "replace").open(bytes, 0, bytes.length).any();
  return [new TextEncoder().encode(JSON.stringify(value))];
}
