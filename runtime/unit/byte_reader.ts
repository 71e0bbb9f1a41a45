/** Reads a stream of bytes in pieces of the size that is wanted. */

/** Where an archive comes from. A stream is cancelled when reading stops early. */
export type ByteSource = Uint8Array | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;

/** What is in memory is handed on in pieces of this size, so that a decompressor never gets all at once. */
const PIECE_BYTES = 64 << 10;

/** The pieces of a source, none larger than 64 KiB. */
export async function* pieces(source: ByteSource): AsyncGenerator<Uint8Array, void, undefined> {
  const chunks = source instanceof Uint8Array ? [source] : source;
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += PIECE_BYTES) yield chunk.subarray(at, at + PIECE_BYTES);
  }
}

/** Pulls bytes; holds at most one piece and what was asked for. */
export class ByteReader {
  readonly #source: AsyncIterator<Uint8Array>;
  #piece: Uint8Array = new Uint8Array(0);
  #ended = false;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Up to `max` bytes as they come, a view; `undefined` at the end. */
  async some(max: number): Promise<Uint8Array | undefined> {
    while (this.#piece.length === 0) {
      if (this.#ended) return undefined;
      const { done, value } = await this.#source.next();
      if (done) this.#ended = true;
      else this.#piece = value;
    }
    const part = this.#piece.subarray(0, max);
    this.#piece = this.#piece.subarray(part.length);
    return part;
  }

  /** Exactly `count` bytes, or fewer at the end; a copy, or a view when they lie in one piece. */
  async read(count: number): Promise<Uint8Array> {
    if (this.#piece.length >= count) {
      const view = this.#piece.subarray(0, count);
      this.#piece = this.#piece.subarray(count);
      return view;
    }
    const bytes = new Uint8Array(count);
    let filled = 0;
    while (filled < count) {
      const part = await this.some(count - filled);
      if (part === undefined) return bytes.subarray(0, filled);
      bytes.set(part, filled);
      filled += part.length;
    }
    return bytes;
  }

  /** Puts bytes back that were just read. */
  unread(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const joined = new Uint8Array(bytes.length + this.#piece.length);
    joined.set(bytes);
    joined.set(this.#piece, bytes.length);
    this.#piece = joined;
  }

  /** The rest, piece by piece. */
  async *rest(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for (let part = await this.some(PIECE_BYTES); part; part = await this.some(PIECE_BYTES)) yield part;
    } finally {
      await this.close();
    }
  }

  /** Stops reading: the source is told, so that an upload does not go on. */
  async close(): Promise<void> {
    this.#ended = true;
    this.#piece = new Uint8Array(0);
    await this.#source.return?.();
  }
}
