/** Requests as bytes: what no HTTP client would send. */

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A connection that writes what it is told and gives what comes. */
export class Wire implements Disposable {
  private constructor(readonly socket: Deno.TcpConn) {}

  static async open(port: number): Promise<Wire> {
    return new Wire(await Deno.connect({ hostname: "127.0.0.1", port }));
  }

  /** Writes; a server that has hung up already is no error. */
  async send(text: string): Promise<boolean> {
    const bytes = encoder.encode(text);
    try {
      for (let at = 0; at < bytes.length;) at += await this.socket.write(bytes.subarray(at));
      return true;
    } catch {
      return false;
    }
  }

  /** What has come by the time that the server hangs up, or `enough` says so, or the time is over. */
  async receive(enough: (text: string) => boolean = () => false, timeoutMs = 20_000): Promise<string> {
    let text = "";
    const buffer = new Uint8Array(65_536);
    const timer = setTimeout(() => this.close(), timeoutMs);
    try {
      while (!enough(text)) {
        const count = await this.socket.read(buffer);
        if (count === null) break;
        text += decoder.decode(buffer.subarray(0, count));
      }
    } catch {
      // reset, or closed by us
    }
    clearTimeout(timer);
    return text;
  }

  close(): void {
    try {
      this.socket.close();
    } catch {
      // closed already
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Sends bytes on a connection of their own and gives the statuses of the answers. */
export async function statuses(port: number, text: string): Promise<number[]> {
  using wire = await Wire.open(port);
  await wire.send(text);
  const came = await wire.receive((so) => /\r\n\r\n/.test(so), 5_000);
  return [...came.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => Number(status));
}
