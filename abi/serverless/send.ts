/**
 * The fast road for `response.send`, which every request takes: the envelope compared as bytes, the parameters
 * read without making objects. Whatever is not plain goes the general road, which says what is wrong.
 */
import type { Reader } from "./msgpack/reader.ts";
import { Writer } from "./msgpack/writer.ts";
import { joinPieces } from "../pieces.ts";
import type { HeaderPair } from "./table/record.ts";
import type { Turn } from "./turn.ts";
import { guessedHeaders, typeHeaders } from "./handlers/content_type.ts";

const envelope = (...order: readonly (readonly [string, unknown])[]) => {
  const writer = new Writer().map(4);
  for (const [key, value] of order) writer.text(key).any(value);
  return joinPieces(writer.text("params").pieces());
};

/** Envelopes as our SDKs write them, and as mimik's sorts its keys. The id, a byte, says nothing beside the session. */
const OURS = envelope(["jsonrpc", "2.0"], ["id", 0], ["method", "response.send"]);
const OURS_ID_AT = OURS.indexOf(0);
const MIMIKS = envelope(["id", 0], ["jsonrpc", "2.0"], ["method", "response.send"]);
const MIMIKS_ID_AT = MIMIKS.indexOf(0);
/** A MessagePack byte below this is a small number. */
const SMALL_NUMBER_MAX = 0x7f;

const utf8 = (text: string) => new TextEncoder().encode(text);
const STATUS = utf8("statusCode");
const MIME = utf8("fileMimeType");
const PATH = utf8("filePath");
const HEADERS = utf8("headers");

/** Content types that a service uses are few; more than this are decoded anew. */
const TYPES_KEPT_MAX = 8;

/** Sends plain answers. One for each instance: it remembers the content types it has seen. */
export class FastSend {
  readonly #types: { readonly bytes: Uint8Array; readonly headers: readonly HeaderPair[] }[] = [];
  #status = 200;
  #headers: readonly HeaderPair[] | null = null;

  /** Whether it was such a message and has been carried out. Nothing is changed when not. */
  trySend(turn: Turn, reader: Reader, bytes: Uint8Array, start: number, end: number): boolean {
    const prefix = bytes[start + 2] === OURS[2] ? OURS : MIMIKS;
    const length = prefix.length;
    if (end - start <= length || turn.answer !== "none" || !turn.exchange) return false;
    if (!beginsWith(bytes, start, prefix, prefix === OURS ? OURS_ID_AT : MIMIKS_ID_AT)) return false;
    reader.open(bytes, start + length, end);
    const count = reader.list();
    if (count < 1 || count > 2) return false;
    const type = reader.type();
    if (type !== "text" && type !== "bytes") return false;
    reader.range();
    const body = bytes.subarray(reader.start, reader.stop);
    this.#status = 200;
    this.#headers = null;
    if (count === 2 && !this.#options(reader)) return false;
    if (reader.at !== end) return false;
    turn.send(this.#status, this.#headers ?? guessedHeaders(body), body);
    return true;
  }

  #options(reader: Reader): boolean {
    if (reader.type() !== "map") return false;
    for (let left = reader.map(); left > 0; left--) {
      if (reader.type() !== "text") return false;
      const length = reader.range();
      if (length === 10 && reader.rangeIs(STATUS)) {
        if (reader.type() !== "int") return false;
        const status = this.#status = reader.int();
        if (status < 200 || status > 599) return false;
      } else if (length === 12 && reader.rangeIs(MIME)) {
        if (reader.type() !== "text") return false;
        if (reader.range() > 0) this.#headers = this.#typeOf(reader);
      } else if (length === 8 && reader.rangeIs(PATH)) {
        if (reader.type() !== "text" || reader.range() > 0) return false;
      } else if (length === 7 && reader.rangeIs(HEADERS)) {
        if (reader.type() !== "list" || reader.list() > 0) return false;
      } else return false;
    }
    return true;
  }

  #typeOf(reader: Reader): readonly HeaderPair[] {
    for (const known of this.#types) {
      if (reader.rangeIs(known.bytes)) return known.headers;
    }
    const headers = typeHeaders(reader.rangeText());
    if (this.#types.length < TYPES_KEPT_MAX) {
      this.#types.push({ bytes: reader.bytes.slice(reader.start, reader.stop), headers });
    }
    return headers;
  }
}

/** Whether `prefix` stands at `start`, with any small number for its byte at `idAt`. */
function beginsWith(bytes: Uint8Array, start: number, prefix: Uint8Array, idAt: number): boolean {
  for (let index = 0; index < prefix.length; index++) {
    if (bytes[start + index] !== prefix[index] && index !== idAt) return false;
  }
  return (bytes[start + idAt] ?? 0xff) <= SMALL_NUMBER_MAX;
}
