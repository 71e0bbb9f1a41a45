/** `response.*`: the answer to the request. */
import { CapabilityError } from "../../../capabilities/error.ts";
import { then } from "../maybe.ts";
import type { HeaderPair } from "../table/record.ts";
import type { Turn } from "../turn.ts";
import { openGuestFile } from "./files.ts";
import type { Handlers } from "./handler.ts";

/** A file is sent in pieces of this size. */
const PIECE_BYTES = 65_536;

const JSON_TYPE: HeaderPair = ["content-type", "application/json"];
const TEXT_TYPE: HeaderPair = ["content-type", "text/plain; charset=utf-8"];
const JSON_HEADERS: readonly HeaderPair[] = [JSON_TYPE];
const TEXT_HEADERS: readonly HeaderPair[] = [TEXT_TYPE];
const NO_HEADERS: readonly HeaderPair[] = [];

/** The headers of an answer for which the guest named none: the type is guessed from the first byte. */
export function guessedHeaders(body: Uint8Array): readonly HeaderPair[] {
  if (body.length === 0) return NO_HEADERS;
  return body[0] === 0x7b || body[0] === 0x5b ? JSON_HEADERS : TEXT_HEADERS;
}

function answerHeaders(
  body: Uint8Array,
  mimeType: string,
  headers: readonly HeaderPair[],
): readonly HeaderPair[] {
  if (mimeType !== "") {
    const type: HeaderPair = ["content-type", mimeType];
    return headers.length === 0 ? [type] : [type, ...headers.filter(([name]) => !isContentType(name))];
  }
  if (headers.length === 0) return guessedHeaders(body);
  return headers.some(([name]) => isContentType(name)) ? headers : [...headers, ...guessedHeaders(body)];
}

function isContentType(name: string): boolean {
  return name.length === 12 && name.toLowerCase() === "content-type";
}

/** The handlers. */
export const RESPONSE_HANDLERS: Handlers<
  "response.send" | "response.start" | "response.write" | "response.end"
> = {
  "response.send"(turn, { data, statusCode, fileMimeType, filePath, headers }) {
    if (filePath !== "") return sendFile(turn, statusCode, filePath, fileMimeType, headers);
    return turn.send(statusCode, answerHeaders(data, fileMimeType, headers), data);
  },
  "response.start"(turn, { status, headers }) {
    turn.start(status, headers);
    return {};
  },
  "response.write"(turn, { data }) {
    // The piece may wait for the client while the guest goes on and reuses its memory: it needs its own copy.
    return then(turn.write(data.slice()), (open) => ({ open }));
  },
  "response.end"(turn) {
    turn.end();
    return {};
  },
};

async function sendFile(
  turn: Turn,
  status: number,
  path: string,
  mimeType: string,
  headers: readonly HeaderPair[],
): Promise<void> {
  if (turn.answer !== "none") throw new CapabilityError("closed", "an answer was begun already");
  const file = openGuestFile(turn, path);
  try {
    const { sizeBytes } = file.stat();
    const type = mimeType === "" ? "application/octet-stream" : mimeType;
    const length: HeaderPair = ["content-length", String(sizeBytes)];
    const others = headers.filter(([name]) =>
      !isContentType(name) && name.toLowerCase() !== "content-length"
    );
    turn.start(status, [["content-type", type], length, ...others]);
    for (let position = 0; position < sizeBytes;) {
      const piece = new Uint8Array(Math.min(sizeBytes - position, PIECE_BYTES));
      const count = file.read(piece, position);
      if (count === 0) break; // the file has shrunk: the client sees a short body
      position += count;
      if (!await turn.write(piece.subarray(0, count))) break;
    }
    turn.end();
  } finally {
    file.close();
  }
}
