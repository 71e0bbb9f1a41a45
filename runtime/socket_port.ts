/** A WebSocket as the host uses it: Deno's own, or one over a socket that a server has given away. */

/** What happens on a socket. */
export interface SocketListener {
  opened(): void;
  received(message: string | ArrayBuffer): void;
  /** The last event, once. */
  ended(code: number, reason: string): void;
}

/** A server's end of a WebSocket. */
export interface SocketPort {
  readonly state: "opening" | "open" | "over";
  /** Bytes that wait for the client. */
  readonly bufferedAmount: number;
  /** Whom to tell; set once, before anything happens. */
  listen(listener: SocketListener): void;
  send(message: string | Uint8Array<ArrayBuffer>): void;
  close(code: number, reason: string): void;
}

/** Deno's own. */
export function denoPort(socket: WebSocket): SocketPort {
  socket.binaryType = "arraybuffer";
  return {
    get state() {
      const { readyState } = socket;
      return readyState === WebSocket.OPEN
        ? "open"
        : readyState === WebSocket.CONNECTING
        ? "opening"
        : "over";
    },
    get bufferedAmount() {
      return socket.bufferedAmount;
    },
    listen(listener) {
      socket.onopen = () => listener.opened();
      socket.onmessage = ({ data }) => listener.received(data);
      socket.onerror = () => {}; // the close that follows says it
      socket.onclose = ({ code, reason }) => listener.ended(code, reason);
    },
    send: (message) => socket.send(message),
    close: (code, reason) => socket.close(code, reason),
  };
}
