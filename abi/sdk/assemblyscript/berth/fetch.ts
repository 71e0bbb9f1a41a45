// Outbound requests (the http capability) and calls to other services of the device (the services capability).
//
//   const answer = fetch("https://api.example.com/users/" + request.param("id"));
//   if (!answer.ok) return response.error(502, answer.message); // no answer at all
//   response.status(answer.status).json(answer.text); // 404 and 500 are answers too
import { Answer, call } from "./call";
import { textOf } from "./http";
import { Headers, Reader } from "./msgpack";
import { httpFetch, httpRead, serviceCall } from "./raw";

const NOTHING = new Uint8Array(0);

/** The answer to an outbound request. A status of 400 or more is no error. */
export class Inbound extends Answer {
  status: i32 = 0;
  headers: Headers = new Headers();
  body: Uint8Array = NOTHING;
  stream: i64 = 0;

  get text(): string {
    return textOf(this.body);
  }

  member(name: string, reader: Reader): void {
    if (name == "status") this.status = <i32>reader.integer();
    else if (name == "body") this.body = reader.bin();
    else if (name == "stream") this.stream = reader.integer();
    else if (name == "headers") {
      for (let left = reader.list(); left > 0 && !reader.failed; left--) {
        reader.list();
        const key = reader.text();
        this.headers.add(key, reader.text());
      }
    } else reader.skip();
  }

  /** Of a streamed answer the next piece; an empty one at its end or on an error (`code`). */
  read(max: i64 = 65536): Uint8Array {
    if (this.stream == 0) return NOTHING;
    const piece = call(httpRead(this.stream, max), new Piece());
    if (!piece.ok) {
      this.code = piece.code;
      this.message = piece.message;
    }
    if (piece.ended) this.stream = 0;
    return piece.data;
  }
}

class Piece extends Answer {
  data: Uint8Array = NOTHING;
  ended: bool = true;

  member(name: string, reader: Reader): void {
    if (name == "data") this.data = reader.bin();
    else if (name == "ended") this.ended = reader.boolean();
    else reader.skip();
  }
}

/** Sends a request and waits for the answer; with `stream`, for its head only. */
export function fetch(
  url: string,
  method: string = "GET",
  body: Uint8Array = NOTHING,
  headers: Headers = new Headers(),
  timeoutMs: i64 = 0,
  stream: bool = false,
): Inbound {
  return call(httpFetch(url, method, headers, body, timeoutMs, "follow", stream), new Inbound());
}

/** Calls another service of the device; `path` begins with a slash below its base path. */
export function callService(
  service: string,
  path: string,
  method: string = "GET",
  body: Uint8Array = NOTHING,
  headers: Headers = new Headers(),
): Inbound {
  return call(serviceCall(service, path, method, headers, body, 0), new Inbound());
}
