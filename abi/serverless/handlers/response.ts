/** `response.*`: the answer to the request. */
import { CapabilityError } from "../../../capabilities/error.ts";
import { then } from "../maybe.ts";
import type { HeaderPair } from "../table/record.ts";
import type { Turn } from "../turn.ts";
import { openGuestFile } from "./files.ts";
import { answerHeaders, isContentType, typeHeaders } from "./content_type.ts";
import type { Handlers } from "./handler.ts";

/** A file is sent in pieces of this size. */
const PIECE_BYTES = 65_536;

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
    const type = typeHeaders(mimeType === "" ? "application/octet-stream" : mimeType);
    const length: HeaderPair = ["content-length", String(sizeBytes)];
    const others = headers.filter(([name]) =>
      !isContentType(name) && name.toLowerCase() !== "content-length"
    );
    turn.start(status, [...type, length, ...others]);
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
