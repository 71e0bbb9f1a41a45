// Generated from abi/serverless/table by `deno task generate`. Do not edit.
import { Headers, Value, Writer } from "./msgpack";

// @ts-ignore: decorator
/** Sends a message. */
@external("env", "mk_module_api_request")
export declare function apiRequest(session: i32, message: usize, length: i32): void;
// @ts-ignore: decorator
/** Copies a host buffer into memory. */
@external("env", "mk_module_get_buffer")
export declare function getBuffer(target: usize, reference: i64, length: i32): void;
// @ts-ignore: decorator
/** Sends a message, waits, and gives the length of its answer. */
@external("berth", "call")
export declare function hostCall(message: usize, length: i32): i32;
// @ts-ignore: decorator
/** Copies that answer into memory. */
@external("berth", "take")
export declare function hostTake(target: usize): void;

/** The codes that an error may have; compare `code` with them. */
export namespace Code {
  export const ABORTED: string = "aborted";
  export const BUSY: string = "busy";
  export const CLOSED: string = "closed";
  export const DENIED: string = "denied";
  export const INVALID: string = "invalid";
  export const IO: string = "io";
  export const LOOP: string = "loop";
  export const NOENT: string = "noent";
  export const NOSPC: string = "nospc";
  export const QUOTA: string = "quota";
  export const ROFS: string = "rofs";
  export const TIMEOUT: string = "timeout";
  export const TOO_LARGE: string = "too-large";
  export const UNKNOWN_METHOD: string = "unknown-method";
  export const UNREACHABLE: string = "unreachable";
}

const PREFIX: StaticArray<u8> = [0x84, 0xa7, 0x6a, 0x73, 0x6f, 0x6e, 0x72, 0x70, 0x63, 0xa3, 0x32, 0x2e, 0x30, 0xa2, 0x69, 0x64, 0x00, 0xa6, 0x6d, 0x65, 0x74, 0x68, 0x6f, 0x64];

function begin(method: string): Writer {
  const writer = new Writer();
  writer.raw(changetype<usize>(PREFIX), PREFIX.length);
  writer.text(method);
  writer.text("params");
  return writer;
}

/** Sends the whole answer to the request. Errors: closed, denied, noent. */
export function responseSend(data: Uint8Array, statusCode: i64, fileMimeType: string, filePath: string, headers: Headers): Writer {
  const writer = begin("response.send");
  writer.list(2);
  writer.bin(data);
  writer.map(4);
  writer.text("statusCode");
  writer.integer(statusCode);
  writer.text("fileMimeType");
  writer.text(fileMimeType);
  writer.text("filePath");
  writer.text(filePath);
  writer.text("headers");
  writer.headers(headers);
  return writer;
}

/** Reads on in the request's body, where the event said `more`; waits for the client. Errors: aborted, closed. */
export function requestRead(max: i64): Writer {
  const writer = begin("request.read");
  writer.map(1);
  writer.text("max");
  writer.integer(max);
  return writer;
}

/** Begins an answer whose body follows in pieces. Errors: closed. */
export function responseStart(status: i64, headers: Headers): Writer {
  const writer = begin("response.start");
  writer.map(2);
  writer.text("status");
  writer.integer(status);
  writer.text("headers");
  writer.headers(headers);
  return writer;
}

/** Sends a piece of the body; waits while the client is slower than the guest. Errors: closed. */
export function responseWrite(data: Uint8Array): Writer {
  const writer = begin("response.write");
  writer.map(1);
  writer.text("data");
  writer.bin(data);
  return writer;
}

/** Ends an answer begun with response.start. Returning from the event does the same. Errors: closed. */
export function responseEnd(): Writer {
  const writer = begin("response.end");
  writer.map(0);
  return writer;
}

/** The next part of a multipart form; what is left of the one before is passed over. Errors: invalid, too-large, aborted. */
export function formNext(): Writer {
  const writer = begin("form.next");
  writer.map(0);
  return writer;
}

/** Reads on in the present file part. Errors: closed, invalid, aborted. */
export function formRead(max: i64): Writer {
  const writer = begin("form.read");
  writer.map(1);
  writer.text("max");
  writer.integer(max);
  return writer;
}

/** Stores the rest of the present file part in a mount, as it comes. Needs the files capability. Errors: denied, rofs, noent, nospc, closed, invalid, aborted. */
export function formStore(path: string): Writer {
  const writer = begin("form.store");
  writer.map(1);
  writer.text("path");
  writer.text(path);
  return writer;
}

/** Writes a line to the service's log. Lines past the log's rate are dropped and counted. */
export function logWrite(level: string, message: string, fields: Writer | null): Writer {
  const writer = begin("log.write");
  writer.map(3);
  writer.text("level");
  writer.text(level);
  writer.text("message");
  writer.text(message);
  writer.text("fields");
  writer.encoded(fields);
  return writer;
}

/** A value of the deployment's configuration. Needs the env capability. Errors: denied. */
export function configGet(key: string): Writer {
  const writer = begin("config.get");
  writer.map(1);
  writer.text("key");
  writer.text(key);
  return writer;
}

/** A secret that the operator set and the grant names. It never appears in events, logs or the management API. Needs the env capability. Errors: denied. */
export function secretGet(key: string): Writer {
  const writer = begin("secret.get");
  writer.map(1);
  writer.text("key");
  writer.text(key);
  return writer;
}

/** Reads an entry. Needs the storage capability. Errors: denied, too-large, quota, io. */
export function storageGet(key: string): Writer {
  const writer = begin("storage.get");
  writer.map(1);
  writer.text("key");
  writer.text(key);
  return writer;
}

/** Writes an entry; durable when answered. Needs the storage capability. Errors: denied, too-large, quota, io. */
export function storageSet(key: string, value: Value, tag: string, ttlMs: i64): Writer {
  const writer = begin("storage.set");
  writer.map(4);
  writer.text("key");
  writer.text(key);
  writer.text("value");
  writer.value(value);
  writer.text("tag");
  writer.text(tag);
  writer.text("ttlMs");
  writer.integer(ttlMs);
  return writer;
}

/** Removes an entry. Needs the storage capability. Errors: denied, too-large, quota, io. */
export function storageRemove(key: string): Writer {
  const writer = begin("storage.remove");
  writer.map(1);
  writer.text("key");
  writer.text(key);
  return writer;
}

/** A page of entries in key order. Needs the storage capability. Errors: denied, too-large, quota, io. */
export function storageList(prefix: string, tag: string, after: string, limit: i64): Writer {
  const writer = begin("storage.list");
  writer.map(4);
  writer.text("prefix");
  writer.text(prefix);
  writer.text("tag");
  writer.text(tag);
  writer.text("after");
  writer.text(after);
  writer.text("limit");
  writer.integer(limit);
  return writer;
}

/** Several writes and removals, all or nothing. Needs the storage capability. Errors: denied, too-large, quota, io. */
export function storageBatch(steps: Writer | null): Writer {
  const writer = begin("storage.batch");
  writer.map(1);
  writer.text("steps");
  writer.encoded(steps);
  return writer;
}

/** Writes only when the present value is the expected one. Needs the storage capability. Errors: denied, too-large, quota, io. */
export function storageCompareAndSet(key: string, expected: Value | null, value: Value, tag: string, ttlMs: i64): Writer {
  const writer = begin("storage.compare_and_set");
  writer.map(5);
  writer.text("key");
  writer.text(key);
  writer.text("expected");
  writer.valueOrNil(expected);
  writer.text("value");
  writer.value(value);
  writer.text("tag");
  writer.text(tag);
  writer.text("ttlMs");
  writer.integer(ttlMs);
  return writer;
}

/** Sends an outbound request and waits for the answer. Needs the http capability. Errors: denied, unreachable, timeout, too-large, busy, aborted. */
export function httpFetch(url: string, method: string, headers: Headers, body: Uint8Array, timeoutMs: i64, redirects: string, stream: bool): Writer {
  const writer = begin("http.fetch");
  writer.map(7);
  writer.text("url");
  writer.text(url);
  writer.text("method");
  writer.text(method);
  writer.text("headers");
  writer.headers(headers);
  writer.text("body");
  writer.bin(body);
  writer.text("timeoutMs");
  writer.integer(timeoutMs);
  writer.text("redirects");
  writer.text(redirects);
  writer.text("stream");
  writer.boolean(stream);
  return writer;
}

/** Reads on in a streamed answer. Needs the http capability. Errors: closed, unreachable, timeout, too-large, aborted. */
export function httpRead(stream: i64, max: i64): Writer {
  const writer = begin("http.read");
  writer.map(2);
  writer.text("stream");
  writer.integer(stream);
  writer.text("max");
  writer.integer(max);
  return writer;
}

/** Gives up a streamed answer; the end of the request does the same. Needs the http capability. Errors: closed. */
export function httpClose(stream: i64): Writer {
  const writer = begin("http.close");
  writer.map(1);
  writer.text("stream");
  writer.integer(stream);
  return writer;
}

/** Calls another service of the same client on the device, without a socket. Needs the services capability. Errors: denied, unreachable, loop, timeout, too-large, busy, aborted. */
export function serviceCall(service: string, path: string, method: string, headers: Headers, body: Uint8Array, timeoutMs: i64): Writer {
  const writer = begin("service.call");
  writer.map(6);
  writer.text("service");
  writer.text(service);
  writer.text("path");
  writer.text(path);
  writer.text("method");
  writer.text(method);
  writer.text("headers");
  writer.headers(headers);
  writer.text("body");
  writer.bin(body);
  writer.text("timeoutMs");
  writer.integer(timeoutMs);
  return writer;
}

/** Sends to one WebSocket client. Needs the websocket capability. Errors: denied, closed, busy, too-large. */
export function websocketSend(connection: string, data: Value): Writer {
  const writer = begin("websocket.send");
  writer.map(2);
  writer.text("connection");
  writer.text(connection);
  writer.text("data");
  writer.value(data);
  return writer;
}

/** Sends to every WebSocket client of the service whose path begins so; slow ones miss it and are closed. Needs the websocket capability. Errors: denied, too-large. */
export function websocketPublish(path: string, data: Value): Writer {
  const writer = begin("websocket.publish");
  writer.map(2);
  writer.text("path");
  writer.text(path);
  writer.text("data");
  writer.value(data);
  return writer;
}

/** Closes a WebSocket connection; of codes 1000, and 3000 to 4999. Needs the websocket capability. Errors: denied, closed. */
export function websocketClose(connection: string, code: i64, reason: string): Writer {
  const writer = begin("websocket.close");
  writer.map(3);
  writer.text("connection");
  writer.text(connection);
  writer.text("code");
  writer.integer(code);
  writer.text("reason");
  writer.text(reason);
  return writer;
}
