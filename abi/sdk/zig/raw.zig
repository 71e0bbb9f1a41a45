// Generated from abi/serverless/table by `deno task generate`. Do not edit.
//! Imports, and one function for each message.
const msgpack = @import("msgpack.zig");
const Header = msgpack.Header;
const Value = msgpack.Value;
const Writer = msgpack.Writer;

pub extern "env" fn mk_module_api_request(session: i32, message: [*]const u8, length: u32) void;
pub extern "env" fn mk_module_get_buffer(target: [*]u8, reference: i64, length: u32) void;
pub extern "berth" fn call(message: [*]const u8, length: u32) u32;
pub extern "berth" fn take(target: [*]u8) void;

const message_prefix = [_]u8{ 0x84, 0xa7, 0x6a, 0x73, 0x6f, 0x6e, 0x72, 0x70, 0x63, 0xa3, 0x32, 0x2e, 0x30, 0xa2, 0x69, 0x64, 0x00, 0xa6, 0x6d, 0x65, 0x74, 0x68, 0x6f, 0x64 };

fn begin(method: []const u8) Writer {
    var writer: Writer = .{};
    writer.raw(&message_prefix);
    writer.text(method);
    writer.text("params");
    return writer;
}

/// Sends the whole answer to the request. Errors: closed, denied, noent.
pub fn responseSend(data: []const u8, status_code: i64, file_mime_type: []const u8, file_path: []const u8, headers: []const Header) Writer {
    var writer = begin("response.send");
    writer.list(2);
    writer.bin(data);
    writer.map(4);
    writer.text("statusCode");
    writer.integer(status_code);
    writer.text("fileMimeType");
    writer.text(file_mime_type);
    writer.text("filePath");
    writer.text(file_path);
    writer.text("headers");
    writer.headers(headers);
    return writer;
}

/// Reads on in the request's body, where the event said `more`; waits for the client. Errors: aborted, closed.
pub fn requestRead(max: i64) Writer {
    var writer = begin("request.read");
    writer.map(1);
    writer.text("max");
    writer.integer(max);
    return writer;
}

/// Begins an answer whose body follows in pieces. Errors: closed.
pub fn responseStart(status: i64, headers: []const Header) Writer {
    var writer = begin("response.start");
    writer.map(2);
    writer.text("status");
    writer.integer(status);
    writer.text("headers");
    writer.headers(headers);
    return writer;
}

/// Sends a piece of the body; waits while the client is slower than the guest. Errors: closed.
pub fn responseWrite(data: []const u8) Writer {
    var writer = begin("response.write");
    writer.map(1);
    writer.text("data");
    writer.bin(data);
    return writer;
}

/// Ends an answer begun with response.start. Returning from the event does the same. Errors: closed.
pub fn responseEnd() Writer {
    var writer = begin("response.end");
    writer.map(0);
    return writer;
}

/// The next part of a multipart form; what is left of the one before is passed over. Errors: invalid, too-large, aborted.
pub fn formNext() Writer {
    var writer = begin("form.next");
    writer.map(0);
    return writer;
}

/// Reads on in the present file part. Errors: closed, invalid, aborted.
pub fn formRead(max: i64) Writer {
    var writer = begin("form.read");
    writer.map(1);
    writer.text("max");
    writer.integer(max);
    return writer;
}

/// Stores the rest of the present file part in a mount, as it comes. Needs the files capability. Errors: denied, rofs, noent, nospc, closed, invalid, aborted.
pub fn formStore(path: []const u8) Writer {
    var writer = begin("form.store");
    writer.map(1);
    writer.text("path");
    writer.text(path);
    return writer;
}

/// Writes a line to the service's log. Lines past the log's rate are dropped and counted.
pub fn logWrite(level: []const u8, message: []const u8, fields: []const u8) Writer {
    var writer = begin("log.write");
    writer.map(3);
    writer.text("level");
    writer.text(level);
    writer.text("message");
    writer.text(message);
    writer.text("fields");
    writer.encoded(fields);
    return writer;
}

/// A value of the deployment's configuration. Needs the env capability. Errors: denied.
pub fn configGet(key: []const u8) Writer {
    var writer = begin("config.get");
    writer.map(1);
    writer.text("key");
    writer.text(key);
    return writer;
}

/// A secret that the operator set and the grant names. It never appears in events, logs or the management API. Needs the env capability. Errors: denied.
pub fn secretGet(key: []const u8) Writer {
    var writer = begin("secret.get");
    writer.map(1);
    writer.text("key");
    writer.text(key);
    return writer;
}

/// Reads an entry. Needs the storage capability. Errors: denied, too-large, quota, io.
pub fn storageGet(key: []const u8) Writer {
    var writer = begin("storage.get");
    writer.map(1);
    writer.text("key");
    writer.text(key);
    return writer;
}

/// Writes an entry; durable when answered. Needs the storage capability. Errors: denied, too-large, quota, io.
pub fn storageSet(key: []const u8, value: Value, tag: []const u8, ttl_ms: i64) Writer {
    var writer = begin("storage.set");
    writer.map(4);
    writer.text("key");
    writer.text(key);
    writer.text("value");
    writer.value(value);
    writer.text("tag");
    writer.text(tag);
    writer.text("ttlMs");
    writer.integer(ttl_ms);
    return writer;
}

/// Removes an entry. Needs the storage capability. Errors: denied, too-large, quota, io.
pub fn storageRemove(key: []const u8) Writer {
    var writer = begin("storage.remove");
    writer.map(1);
    writer.text("key");
    writer.text(key);
    return writer;
}

/// A page of entries in key order. Needs the storage capability. Errors: denied, too-large, quota, io.
pub fn storageList(prefix: []const u8, tag: []const u8, after: []const u8, limit: i64) Writer {
    var writer = begin("storage.list");
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

/// Several writes and removals, all or nothing. Needs the storage capability. Errors: denied, too-large, quota, io.
pub fn storageBatch(steps: []const u8) Writer {
    var writer = begin("storage.batch");
    writer.map(1);
    writer.text("steps");
    writer.encoded(steps);
    return writer;
}

/// Writes only when the present value is the expected one. Needs the storage capability. Errors: denied, too-large, quota, io.
pub fn storageCompareAndSet(key: []const u8, expected: ?Value, value: Value, tag: []const u8, ttl_ms: i64) Writer {
    var writer = begin("storage.compare_and_set");
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
    writer.integer(ttl_ms);
    return writer;
}

/// Sends an outbound request and waits for the answer. Needs the http capability. Errors: denied, unreachable, timeout, too-large, busy, aborted.
pub fn httpFetch(url: []const u8, method: []const u8, headers: []const Header, body: []const u8, timeout_ms: i64, redirects: []const u8, stream: bool) Writer {
    var writer = begin("http.fetch");
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
    writer.integer(timeout_ms);
    writer.text("redirects");
    writer.text(redirects);
    writer.text("stream");
    writer.boolean(stream);
    return writer;
}

/// Reads on in a streamed answer. Needs the http capability. Errors: closed, unreachable, timeout, too-large, aborted.
pub fn httpRead(stream: i64, max: i64) Writer {
    var writer = begin("http.read");
    writer.map(2);
    writer.text("stream");
    writer.integer(stream);
    writer.text("max");
    writer.integer(max);
    return writer;
}

/// Gives up a streamed answer; the end of the request does the same. Needs the http capability. Errors: closed.
pub fn httpClose(stream: i64) Writer {
    var writer = begin("http.close");
    writer.map(1);
    writer.text("stream");
    writer.integer(stream);
    return writer;
}

/// Calls another service of the same client on the device, without a socket. Needs the services capability. Errors: denied, unreachable, loop, timeout, too-large, busy, aborted.
pub fn serviceCall(service: []const u8, path: []const u8, method: []const u8, headers: []const Header, body: []const u8, timeout_ms: i64) Writer {
    var writer = begin("service.call");
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
    writer.integer(timeout_ms);
    return writer;
}

/// Sends to one WebSocket client. Needs the websocket capability. Errors: denied, closed, busy, too-large.
pub fn websocketSend(connection: []const u8, data: Value) Writer {
    var writer = begin("websocket.send");
    writer.map(2);
    writer.text("connection");
    writer.text(connection);
    writer.text("data");
    writer.value(data);
    return writer;
}

/// Sends to every WebSocket client of the service whose path begins so; slow ones miss it and are closed. Needs the websocket capability. Errors: denied, too-large.
pub fn websocketPublish(path: []const u8, data: Value) Writer {
    var writer = begin("websocket.publish");
    writer.map(2);
    writer.text("path");
    writer.text(path);
    writer.text("data");
    writer.value(data);
    return writer;
}

/// Closes a WebSocket connection; of codes 1000, and 3000 to 4999. Needs the websocket capability. Errors: denied, closed.
pub fn websocketClose(connection: []const u8, code: i64, reason: []const u8) Writer {
    var writer = begin("websocket.close");
    writer.map(3);
    writer.text("connection");
    writer.text(connection);
    writer.text("code");
    writer.integer(code);
    writer.text("reason");
    writer.text(reason);
    return writer;
}
