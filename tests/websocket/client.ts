/** WebSocket clients for tests: a real one, and one made of bytes that may do anything. */
import { decode } from "@msgpack/msgpack";

/** What a service's puppet shows of an event. */
export interface Shown {
  readonly method: string;
  readonly params: {
    readonly context: unknown;
    readonly request: {
      readonly url: string;
      readonly method: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly jsonBody: Uint8Array;
      readonly more: boolean;
    };
  };
}

/** How long a message is waited for, on a machine under load. */
const PATIENCE_MS = 15_000;

/** A client of the platform. */
export class Client implements AsyncDisposable {
  readonly socket: WebSocket;
  readonly #received: (string | ArrayBuffer)[] = [];
  readonly #waiters: ((message: string | ArrayBuffer) => void)[] = [];
  readonly opened: Promise<boolean>;
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;

  constructor(origin: string, path: string, protocols: string[] = []) {
    const socket = this.socket = new WebSocket(origin.replace("http", "ws") + path, protocols);
    socket.binaryType = "arraybuffer";
    this.opened = new Promise((resolve) => {
      socket.addEventListener("open", () => resolve(true));
      socket.addEventListener("close", () => resolve(false));
    });
    this.closed = new Promise((resolve) => {
      socket.addEventListener("close", ({ code, reason }) => resolve({ code, reason }));
    });
    socket.addEventListener("error", (event) => event.preventDefault());
    socket.addEventListener("message", ({ data }) => {
      const waiter = this.#waiters.shift();
      if (waiter) waiter(data);
      else this.#received.push(data);
    });
  }

  /** The next message. */
  next(): Promise<string | ArrayBuffer> {
    const first = this.#received.shift();
    if (first !== undefined) return Promise.resolve(first);
    return new Promise((resolve, reject) => {
      this.#waiters.push(resolve);
      this.closed.then(({ code, reason }) => reject(new Error(`closed with ${code} ${reason}`)));
      Deno.unrefTimer(setTimeout(() => reject(new Error("no message came")), PATIENCE_MS));
    });
  }

  /** The next message as an event that a puppet shows. */
  async shown(): Promise<Shown> {
    return decode(new Uint8Array(await this.next() as ArrayBuffer)) as Shown;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.close();
    await this.closed;
  }
}

/** A connection whose bytes the test writes itself. */
export class RawClient implements Disposable {
  private constructor(private readonly connection: Deno.TcpConn) {}

  /** Connects and shakes hands; gives the status line of the answer too. */
  static async open(
    origin: string,
    path: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<{ readonly client: RawClient; readonly status: string }> {
    const { hostname, port } = new URL(origin);
    const connection = await Deno.connect({ hostname, port: Number(port) });
    const all = {
      host: "berth.test",
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
      ...headers,
    };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`).join("");
    await connection.write(new TextEncoder().encode(`GET ${path} HTTP/1.1\r\n${lines}\r\n`));
    const client = new RawClient(connection);
    return { client, status: new TextDecoder().decode(await client.read()).split("\r\n")[0] ?? "" };
  }

  /** What there is to read; empty at the end. */
  async read(): Promise<Uint8Array> {
    const into = new Uint8Array(65_536);
    const length = await this.connection.read(into).catch(() => null);
    return into.subarray(0, length ?? 0);
  }

  /** Reads until the other side has closed. */
  async drain(): Promise<void> {
    while ((await this.read()).length > 0);
  }

  /** Writes all bytes; whether the other side took them. */
  async write(bytes: Uint8Array): Promise<boolean> {
    try {
      for (let at = 0; at < bytes.length;) at += await this.connection.write(bytes.subarray(at));
      return true;
    } catch {
      return false;
    }
  }

  [Symbol.dispose](): void {
    this.connection.close();
  }
}

/** A frame of a client, masked with zeros; the length may be a lie. */
export function frame(opcode: number, payload: Uint8Array, { fin = true, length = payload.length } = {}) {
  const bytes = new Uint8Array(14 + payload.length);
  bytes[0] = (fin ? 0x80 : 0) | opcode;
  bytes[1] = 0x80 | 127;
  new DataView(bytes.buffer).setBigUint64(2, BigInt(length));
  bytes.set(payload, 14);
  return bytes;
}
