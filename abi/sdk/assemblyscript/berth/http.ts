// The request that a service is asked, and the answer that it gives.
import { Answer, call, Done } from "./call";
import { Headers, Reader, Writer } from "./msgpack";
import { apiRequest, requestRead, responseEnd, responseSend, responseStart, responseWrite } from "./raw";

const NOTHING = new Uint8Array(0);

/** A text as UTF-8. */
export function utf8(text: string): Uint8Array {
  const bytes = new Uint8Array(String.UTF8.byteLength(text));
  String.UTF8.encodeUnsafe(changetype<usize>(text), text.length, bytes.dataStart);
  return bytes;
}

/** UTF-8 as text. */
export function textOf(bytes: Uint8Array): string {
  return String.UTF8.decodeUnsafe(bytes.dataStart, bytes.length);
}

function hex(code: i32): i32 {
  if (code >= 48 && code <= 57) return code - 48;
  const lower = code | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

/** Turns %XX and, in queries, + back; what is malformed stays as it is. */
export function decodeUrl(text: string, plusIsSpace: bool = false): string {
  const bytes = utf8(text);
  let out = 0;
  for (let at = 0; at < bytes.length; at++) {
    let byte: i32 = unchecked(bytes[at]);
    if (byte == 37 && at + 2 < bytes.length) {
      const high = hex(unchecked(bytes[at + 1]));
      const low = hex(unchecked(bytes[at + 2]));
      if (high >= 0 && low >= 0) {
        byte = high * 16 + low;
        at += 2;
      }
    } else if (plusIsSpace && byte == 43) byte = 32;
    unchecked((bytes[out++] = <u8>byte));
  }
  return String.UTF8.decodeUnsafe(bytes.dataStart, out);
}

class Chunk extends Answer {
  data: Uint8Array = NOTHING;
  ended: bool = true;

  member(name: string, reader: Reader): void {
    if (name == "data") this.data = reader.bin();
    else if (name == "ended") this.ended = reader.boolean();
    else reader.skip();
  }
}

/** Names and values as they lie in an event: looked through when asked, not decoded before. */
export class Pairs {
  constructor(private bytes: Uint8Array, private at: i32) {}

  /** The value of a name, whatever its case; "" when there is none. */
  get(name: string): string {
    const reader = new Reader(this.bytes, this.at);
    for (let left = reader.map(); left > 0 && !reader.failed; left--) {
      if (reader.nameIs(name)) return reader.text();
      reader.skip();
    }
    return "";
  }

  /** All of them. */
  all(): Headers {
    const headers = new Headers();
    const reader = new Reader(this.bytes, this.at);
    for (let left = reader.map(); left > 0 && !reader.failed; left--) {
      const name = reader.text();
      headers.add(name, reader.text());
    }
    return headers;
  }
}

const NO_PAIRS = new Pairs(NOTHING, 0);

function pairs(event: Uint8Array, reader: Reader): Pairs {
  const found = new Pairs(event, reader.position);
  reader.skip();
  return found;
}

/** One request. */
export class Request {
  /** `http.request`; `websocket.open`, `websocket.message`, `websocket.close` for `app.websocket`. */
  event: string = "";
  method: string = "";
  /** Path and query as they came. */
  url: string = "";
  /** The path below the service's base path, with its leading slash, still escaped. */
  path: string = "/";
  queryText: string = "";
  headers: Pairs = NO_PAIRS;
  /** The part of the body that has arrived: all of it unless `more`. */
  body: Uint8Array = NOTHING;
  more: bool = false;
  /** What the device tells of itself and the service: `nodeId`, `apiRoot`, `httpPort` … */
  info: Pairs = NO_PAIRS;
  /** The deployment's configuration, as far as the manifest lets the service see it. */
  env: Pairs = NO_PAIRS;
  params: Headers = new Headers();

  constructor(event: Uint8Array) {
    const reader = new Reader(event);
    for (let left = reader.map(); left > 0 && !reader.failed; left--) {
      const key = reader.text();
      if (key == "params") this.readParams(event, reader);
      else if (key == "method") this.event = reader.text();
      else reader.skip();
    }
    this.splitUrl();
  }

  private readParams(event: Uint8Array, reader: Reader): void {
    for (let left = reader.map(); left > 0 && !reader.failed; left--) {
      const key = reader.text();
      if (key == "request") this.readRequest(event, reader);
      else if (key == "context") this.readContext(event, reader);
      else reader.skip();
    }
  }

  /** Whether it happened on a WebSocket connection. */
  get isSocket(): bool {
    return this.event.startsWith("websocket.");
  }

  /** The connection's name, for `websocket`; "" for a request of HTTP. */
  get connection(): string {
    return this.isSocket ? this.header("x-berth-connection") : "";
  }

  /** Whether a WebSocket message is binary. */
  get binary(): bool {
    return this.isSocket && this.header("x-berth-message") == "binary";
  }

  private readRequest(event: Uint8Array, reader: Reader): void {
    for (let left = reader.map(); left > 0 && !reader.failed; left--) {
      const key = reader.text();
      if (key == "url") this.url = reader.text();
      else if (key == "method") this.method = reader.text();
      else if (key == "more") this.more = reader.boolean();
      else if (key == "jsonBody") this.body = reader.bin();
      else if (key == "headers") {
        this.headers = pairs(event, reader);
      } else reader.skip();
    }
  }

  private readContext(event: Uint8Array, reader: Reader): void {
    for (let left = reader.map(); left > 0 && !reader.failed; left--) {
      const key = reader.text();
      if (key == "info") this.info = pairs(event, reader);
      else if (key == "env") this.env = pairs(event, reader);
      else reader.skip();
    }
  }

  private splitUrl(): void {
    const question = this.url.indexOf("?");
    let path = question < 0 ? this.url : this.url.substring(0, question);
    if (question >= 0) this.queryText = this.url.substring(question + 1);
    const root = this.info.get("apiRoot");
    const size = root.length;
    if (size > 0 && path.startsWith(root) && (path.length == size || path.charCodeAt(size) == 47)) {
      path = path.substring(size);
    }
    this.path = path.length == 0 ? "/" : path;
  }

  /** A header by name, whatever its case; "" when absent. */
  header(name: string): string {
    return this.headers.get(name);
  }

  /** A parameter of the route's path (`/users/:id`), unescaped; "" when there is none. */
  param(name: string): string {
    const index = this.params.names.indexOf(name);
    return index < 0 ? "" : decodeUrl(unchecked(this.params.values[index]));
  }

  /** A parameter of the query, unescaped; `fallback` when absent. */
  query(name: string, fallback: string = ""): string {
    const text = this.queryText;
    for (let at = 0; at < text.length;) {
      let end = text.indexOf("&", at);
      if (end < 0) end = text.length;
      let equals = text.indexOf("=", at);
      if (equals < 0 || equals > end) equals = end;
      if (decodeUrl(text.substring(at, equals), true) == name) {
        return decodeUrl(text.substring(min(equals + 1, end), end), true);
      }
      at = end + 1;
    }
    return fallback;
  }

  /** The body as text, as far as it has arrived. */
  get text(): string {
    return textOf(this.body);
  }

  /** The next piece of a body that had not arrived; an empty one at its end. */
  read(max: i32 = 65536): Uint8Array {
    if (!this.more) return NOTHING;
    const chunk = call(requestRead(max), new Chunk());
    this.more = chunk.ok && !chunk.ended;
    return chunk.data;
  }

  /** The whole body, read to its end. */
  wholeBody(): Uint8Array {
    let whole = this.body;
    while (this.more) {
      const piece = this.read();
      const longer = new Uint8Array(whole.length + piece.length);
      memory.copy(longer.dataStart, whole.dataStart, whole.length);
      memory.copy(longer.dataStart + whole.length, piece.dataStart, piece.length);
      whole = longer;
    }
    this.body = whole;
    return whole;
  }
}

class Open extends Answer {
  open: bool = false;

  member(name: string, reader: Reader): void {
    if (name == "open") this.open = reader.boolean();
    else reader.skip();
  }
}

/** The answer. Set the status and headers first, then send once, or start, write and end. */
export class Response {
  private code: i32 = 200;
  private headers: Headers = new Headers();

  status(code: i32): Response {
    this.code = code;
    return this;
  }

  /** Adds a header; a name may be added again (`set-cookie`). */
  header(name: string, value: string): Response {
    this.headers.add(name, value);
    return this;
  }

  /** Sends a body with its type. */
  send(body: Uint8Array, type: string): void {
    post(responseSend(body, this.code, type, "", this.headers));
  }

  text(body: string): void {
    this.send(utf8(body), "text/plain;charset=UTF-8");
  }
  html(body: string): void {
    this.send(utf8(body), "text/html; charset=utf-8");
  }
  /** Sends text that is JSON; see `Json`. */
  json(body: string): void {
    this.send(utf8(body), "application/json");
  }

  /** Sends a file of a mount (the files capability). */
  file(path: string, type: string = ""): Done {
    return call(responseSend(NOTHING, this.code, type, path, this.headers), new Done());
  }

  /** Sends a status and a text as JSON: `{"error": …}`. */
  error(code: i32, text: string): void {
    this.status(code).json('{"error":' + quote(text) + "}");
  }

  /** Begins an answer in pieces. */
  start(type: string): Done {
    this.headers.add("content-type", type);
    return call(responseStart(this.code, this.headers), new Done());
  }

  /** Sends a piece; false when the client has left. */
  write(piece: Uint8Array): bool {
    return call(responseWrite(piece), new Open()).open;
  }

  end(): void {
    call(responseEnd(), new Done());
  }
}

/** Sends a message that nobody answers. */
export function post(message: Writer): void {
  apiRequest(0, message.pointer, message.length);
}

/** A text as a JSON string, quotes included. */
export function quote(text: string): string {
  let out = '"';
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code >= 32 && code != 34 && code != 92) continue;
    out += text.substring(from, at);
    from = at + 1;
    if (code >= 32) out += "\\" + String.fromCharCode(code);
    else out += (code < 16 ? "\\u000" : "\\u001") + "0123456789abcdef".charAt(code & 15);
  }
  return out + text.substring(from) + '"';
}
