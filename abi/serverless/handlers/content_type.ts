/** The content-type of an answer. */
import { MessageError } from "../error.ts";
import type { HeaderPair } from "../table/record.ts";

const JSON_HEADERS: readonly HeaderPair[] = [["content-type", "application/json"]];
/** Written as the Fetch standard has it for text, which servers know by heart: another spelling costs them more. */
const TEXT_HEADERS: readonly HeaderPair[] = [["content-type", "text/plain;charset=UTF-8"]];
const NO_HEADERS: readonly HeaderPair[] = [];

/** The headers of an answer for which the guest named none: the type is guessed from the first byte. */
export function guessedHeaders(body: Uint8Array): readonly HeaderPair[] {
  if (body.length === 0) return NO_HEADERS;
  return body[0] === 0x7b || body[0] === 0x5b ? JSON_HEADERS : TEXT_HEADERS;
}

/** The headers of an answer with this type. Throws `invalid` where it is no header value. */
export function typeHeaders(mimeType: string): readonly HeaderPair[] {
  if (!/^[\t\x20-\x7e]+$/.test(mimeType) || mimeType.length > 256) {
    throw new MessageError("invalid", `response.send: "fileMimeType": is no content-type`);
  }
  return [["content-type", mimeType]];
}

/** All headers of an answer: the type that was named, else that among the headers, else a guess. */
export function answerHeaders(
  body: Uint8Array,
  mimeType: string,
  headers: readonly HeaderPair[],
): readonly HeaderPair[] {
  if (mimeType !== "") {
    const type = typeHeaders(mimeType);
    return headers.length === 0 ? type : [...type, ...headers.filter(([name]) => !isContentType(name))];
  }
  if (headers.length === 0) return guessedHeaders(body);
  return headers.some(([name]) => isContentType(name)) ? headers : [...headers, ...guessedHeaders(body)];
}

/** Whether a header's name is content-type. */
export function isContentType(name: string): boolean {
  return name.length === 12 && name.toLowerCase() === "content-type";
}
