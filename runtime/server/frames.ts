/** Frames of the WebSocket protocol (RFC 6455, section 5), read as they come, with every length bounded. */

/** Opcodes. */
export const OPCODE = { CONTINUATION: 0, TEXT: 1, BINARY: 2, CLOSE: 8, PING: 9, PONG: 10 } as const;

/** A frame that breaks the protocol or a limit; the code goes to the client. */
export class FrameError extends Error {
  override readonly name = "FrameError";
  constructor(readonly code: number, message: string) {
    super(message);
  }
}

/** What a client has said. */
export type Said =
  | { readonly opcode: typeof OPCODE.TEXT; readonly text: string }
  | {
    readonly opcode: typeof OPCODE.BINARY | typeof OPCODE.PING | typeof OPCODE.PONG;
    readonly data: Uint8Array;
  }
  | { readonly opcode: typeof OPCODE.CLOSE; readonly code: number; readonly reason: string };

const CONTROL_MAX_BYTES = 125;
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads what clients send. */
export class FrameReader {
  readonly #head = new Uint8Array(14);
  #headBytes = 0;
  /** The payload under way, and how much of it is there. */
  #payload: Uint8Array<ArrayBuffer> | null = null;
  #at = 0;
  #opcode = 0;
  #fin = false;
  /** A message in fragments: its opcode, and what came of it. */
  #message = 0;
  readonly #fragments: Uint8Array<ArrayBuffer>[] = [];
  #fragmentBytes = 0;

  /** @param messageMaxBytes the longest message, fragments together */
  constructor(private readonly messageMaxBytes: number) {}

  /** Takes bytes and says what they complete; throws a {@link FrameError}, after which nothing more is read. */
  *read(bytes: Uint8Array): Generator<Said> {
    let at = 0;
    while (at < bytes.length) {
      if (!this.#payload) {
        this.#head[this.#headBytes++] = bytes[at++] ?? 0;
        if (this.#headBytes < this.#headLength()) continue;
        this.#begin();
      } else {
        const take = Math.min(bytes.length - at, this.#payload.length - this.#at);
        this.#payload.set(bytes.subarray(at, at + take), this.#at);
        this.#at += take;
        at += take;
      }
      if (!this.#payload || this.#at < this.#payload.length) continue;
      const said = this.#finish(this.#payload);
      if (said) yield said;
    }
  }

  #headLength(): number {
    if (this.#headBytes < 2) return 2;
    const short = (this.#head[1] ?? 0) & 0x7f;
    return 6 + (short === 126 ? 2 : short === 127 ? 8 : 0);
  }

  #begin(): void {
    const [first = 0, second = 0] = this.#head;
    const view = new DataView(this.#head.buffer);
    const short = second & 0x7f;
    const length = short === 126 ? view.getUint16(2) : short === 127 ? Number(view.getBigUint64(2)) : short;
    this.#fin = (first & 0x80) !== 0;
    this.#opcode = first & 0x0f;
    if ((first & 0x70) !== 0 || (second & 0x80) === 0) throw new FrameError(1002, "no extension, and a mask");
    this.#check(length);
    this.#payload = new Uint8Array(length);
    this.#at = 0;
  }

  #check(length: number): void {
    const opcode = this.#opcode;
    if (opcode >= OPCODE.CLOSE) {
      if (opcode > OPCODE.PONG || !this.#fin || length > CONTROL_MAX_BYTES) {
        throw new FrameError(1002, "not a control frame");
      }
      return;
    }
    if (opcode > OPCODE.BINARY) throw new FrameError(1002, "an unknown opcode");
    if ((opcode === OPCODE.CONTINUATION) !== (this.#message !== 0)) {
      throw new FrameError(1002, "a fragment out of place");
    }
    if (this.#fragmentBytes + length > this.messageMaxBytes) {
      throw new FrameError(1009, `a message may have ${this.messageMaxBytes} bytes`);
    }
    // Empty fragments have no bytes to be bounded by.
    if (!this.#fin && length === 0) throw new FrameError(1008, "an empty fragment");
  }

  #finish(payload: Uint8Array<ArrayBuffer>): Said | null {
    const mask = this.#head.subarray(this.#headBytes - 4, this.#headBytes);
    for (let i = 0; i < payload.length; i++) payload[i] = (payload[i] ?? 0) ^ (mask[i & 3] ?? 0);
    this.#payload = null;
    this.#headBytes = 0;
    const opcode = this.#opcode;
    if (opcode === OPCODE.CLOSE) return closeOf(payload);
    if (opcode === OPCODE.PING || opcode === OPCODE.PONG) return { opcode, data: payload };
    if (opcode !== OPCODE.CONTINUATION) this.#message = opcode;
    this.#fragments.push(payload);
    this.#fragmentBytes += payload.length;
    return this.#fin ? this.#whole() : null;
  }

  #whole(): Said {
    const opcode = this.#message;
    const first = this.#fragments[0] ?? new Uint8Array(0);
    const data = this.#fragments.length === 1 ? first : new Uint8Array(this.#fragmentBytes);
    if (data !== first) {
      let at = 0;
      for (const fragment of this.#fragments) {
        data.set(fragment, at);
        at += fragment.length;
      }
    }
    this.#fragments.length = 0;
    this.#fragmentBytes = 0;
    this.#message = 0;
    return opcode === OPCODE.TEXT ? { opcode, text: textOf(data) } : { opcode: OPCODE.BINARY, data };
  }
}

function textOf(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new FrameError(1007, "a text is not UTF-8");
  }
}

/** RFC 6455, 7.4: the codes that may stand in a frame. */
function closeOf(payload: Uint8Array): Said {
  if (payload.length === 0) return { opcode: OPCODE.CLOSE, code: 1005, reason: "" };
  const code = payload.length === 1 ? 0 : ((payload[0] ?? 0) << 8) | (payload[1] ?? 0);
  const known = code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code);
  if (!known && (code < 3000 || code > 4999)) throw new FrameError(1002, "not a close code");
  return { opcode: OPCODE.CLOSE, code, reason: textOf(payload.subarray(2)) };
}

/** The head of a server's frame; its payload follows as it is. */
export function frameHead(opcode: number, length: number): Uint8Array {
  if (length < 126) return Uint8Array.of(0x80 | opcode, length);
  if (length < 65_536) return Uint8Array.of(0x80 | opcode, 126, length >> 8, length & 0xff);
  const head = new Uint8Array(10);
  head[0] = 0x80 | opcode;
  head[1] = 127;
  new DataView(head.buffer).setBigUint64(2, BigInt(length));
  return head;
}
