// WebSocket connections of the service (the websocket capability); events come through `app.websocket`.
//
//   app.websocket("/rooms/:room", (request: Request, response: Response) => {
//     if (request.event != "websocket.message") return;
//     websocket.publish(textOf(request.wholeBody()), "/rooms/" + request.param("room"));
//   });
import { Answer, call, Done } from "./call";
import { Reader, Value } from "./msgpack";
import { websocketClose, websocketPublish, websocketSend } from "./raw";

/** To how many a message went. */
export class Published extends Answer {
  sent: i64 = 0;

  member(name: string, reader: Reader): void {
    if (name == "sent") this.sent = reader.integer();
    else reader.skip();
  }
}

export namespace websocket {
  /** Sends a text message to one connection. */
  export function send(connection: string, text: string): Done {
    return call(websocketSend(connection, new Value(text)), new Done());
  }
  /** Sends a binary message to one connection. */
  export function sendBinary(connection: string, bytes: Uint8Array): Done {
    return call(websocketSend(connection, new Value("", bytes)), new Done());
  }
  /** Sends a text message to every connection whose path begins so ("": all). */
  export function publish(text: string, path: string = ""): Published {
    return call(websocketPublish(path, new Value(text)), new Published());
  }
  /** The same with a binary message. */
  export function publishBinary(bytes: Uint8Array, path: string = ""): Published {
    return call(websocketPublish(path, new Value("", bytes)), new Published());
  }
  /** Closes a connection; `code` is 1000, or 3000 to 4999. */
  export function close(connection: string, code: i64 = 1000, reason: string = ""): Done {
    return call(websocketClose(connection, code, reason), new Done());
  }
}
