/** How a call to the host and its reply lie in frames: a head with the first piece of the body, then the others. */
import { ENDED, PIECE_MAX_BYTES } from "./protocol.ts";
import { type Frame } from "./ring.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const NOTHING = new Uint8Array(0);

/** Heads are bounded by what their makers check; one that still does not fit is refused. */
const HEAD_MAX_BYTES = 56 << 10;

/** Writes one frame. */
export type WriteFrame = (kind: number, flags: number, payload: Uint8Array) => void;

/** Writes head and body; `false`, with nothing written, when the head does not fit into a frame. */
export function writeWhole(
  write: WriteFrame,
  [kind, pieceKind]: readonly [number, number],
  head: unknown,
  body: Uint8Array,
): boolean {
  const headBytes = encoder.encode(JSON.stringify(head));
  if (headBytes.length > HEAD_MAX_BYTES) return false;
  const room = Math.max(0, PIECE_MAX_BYTES - headBytes.length);
  const first = body.length <= room ? body : NOTHING;
  const payload = new Uint8Array(4 + headBytes.length + first.length);
  new DataView(payload.buffer).setUint32(0, headBytes.length, true);
  payload.set(headBytes, 4);
  payload.set(first, 4 + headBytes.length);
  write(kind, first.length === body.length ? ENDED : 0, payload);
  if (first.length === body.length) return true;
  for (let at = 0; at < body.length; at += PIECE_MAX_BYTES) {
    const last = at + PIECE_MAX_BYTES >= body.length;
    write(pieceKind, last ? ENDED : 0, body.subarray(at, at + PIECE_MAX_BYTES));
  }
  return true;
}

/** The head of a first frame, and what it has of the body (a view). */
export function readHead(
  { data, view, start, end }: Frame,
): { readonly head: unknown; readonly body: Uint8Array } {
  const bodyAt = start + 4 + view.getUint32(start, true);
  // A copy: text of shared memory is not decoded.
  return {
    head: JSON.parse(decoder.decode(data.slice(start + 4, bodyAt))),
    body: data.subarray(bodyAt, end),
  };
}

/** A body that comes in pieces, put together. */
export class Gathered {
  readonly body: Uint8Array<ArrayBuffer>;
  #at = 0;

  /** @param bytes how long it will be; checked by whoever makes it */
  constructor(bytes: number) {
    this.body = new Uint8Array(bytes);
  }

  /** Takes a piece; what does not belong to the body any more is a `RangeError`. */
  add(piece: Uint8Array): void {
    this.body.set(piece, this.#at);
    this.#at += piece.length;
  }
}
